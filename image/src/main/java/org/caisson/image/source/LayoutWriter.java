package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Index;
import org.caisson.image.oci.JsonObject;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.ExportedImage.Blob;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;

/**
 * Writes an image in the layout of OCI, as a directory or as an archive: as it came, every blob unchanged, so that {@code docker load} reads
 * the archive too; or as an image whose layers are EROFS images.
 */
public final class LayoutWriter {
    private static final byte[] MARK = "{\"imageLayoutVersion\": \"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);

    private final ImageStore store;
    private final StoredImage image;
    private final boolean erofs;

    /** A writer of an image as it came. */
    public LayoutWriter(ImageStore store, StoredImage image) {
        this(store, image, false);
    }

    private LayoutWriter(ImageStore store, StoredImage image, boolean erofs) {
        this.store = store;
        this.image = image;
        this.erofs = erofs;
    }

    /** A writer of an image of the same tree, whose layers are EROFS images: what the store has of them, compressed as a whole by zstd. */
    public static LayoutWriter withErofsLayers(ImageStore store, StoredImage image) {
        return new LayoutWriter(store, image, true);
    }

    private ExportedImage exported(Work work) throws IOException {
        work.use(image);
        return erofs ? new ErofsExport(store, work).of(image) : asItCame();
    }

    /** Writes a directory, which must be empty or not exist yet. */
    public void writeDirectory(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (DirectoryStream<Path> there = Files.newDirectoryStream(directory)) {
            if (there.iterator().hasNext()) {
                throw new ImageException("cannot export to " + directory + ": it is not empty");
            }
        }
        try (Work work = store.begin()) {
            ExportedImage exported = exported(work);
            for (Blob blob : exported.blobs()) {
                Path file =
                        directory.resolve(LayoutSource.path(blob.descriptor().digest()));
                Files.createDirectories(Objects.requireNonNull(file.getParent()));
                try (InputStream in = blob.source().open()) {
                    Files.copy(in, file);
                }
            }
            Files.write(directory.resolve(LayoutSource.MARK), MARK);
            Files.write(directory.resolve(LayoutSource.INDEX), index(exported));
        }
    }

    /** Writes a tar archive. The stream is not closed. */
    public void writeArchive(OutputStream out) throws IOException {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        try (Work work = store.begin()) {
            ExportedImage exported = exported(work);
            file(tar, LayoutSource.MARK, MARK);
            file(tar, LayoutSource.INDEX, index(exported));
            if (!erofs) {
                file(tar, DockerArchive.MANIFEST, dockerManifest());
            }
            for (Blob blob : exported.blobs()) {
                Descriptor descriptor = blob.descriptor();
                entry(tar, LayoutSource.path(descriptor.digest()), descriptor.size());
                try (InputStream in = blob.source().open()) {
                    in.transferTo(tar);
                }
                tar.closeArchiveEntry();
            }
        }
        tar.finish();
        out.flush();
    }

    private static void file(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        entry(tar, name, content.length);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static void entry(TarArchiveOutputStream tar, String name, long size) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(size);
        entry.setMode(0644);
        entry.setModTime(0);
        tar.putArchiveEntry(entry);
    }

    /** Each once: layers may be the same. */
    private ExportedImage asItCame() {
        List<Blob> blobs = new ArrayList<>();
        blobs.add(stored(image.descriptor()));
        blobs.add(stored(image.manifest().config()));
        Set<Object> digests = new LinkedHashSet<>();
        for (Descriptor layer : image.manifest().layers()) {
            if (digests.add(layer.digest())) {
                blobs.add(stored(layer));
            }
        }
        return new ExportedImage(image.descriptor(), blobs);
    }

    private Blob stored(Descriptor descriptor) {
        return new Blob(descriptor, () -> store.open(descriptor));
    }

    private byte[] index(ExportedImage exported) {
        Map<String, String> annotations = new LinkedHashMap<>();
        String tag = image.name().tag();
        annotations.put(LayoutSource.CONTAINERD_NAME, image.name().toString());
        annotations.put(Descriptor.REF_NAME, tag == null ? "latest" : tag);
        Descriptor manifest = exported.manifest();
        return new Index(List.of(new Descriptor(
                        manifest.mediaType(),
                        manifest.digest(),
                        manifest.size(),
                        annotations,
                        erofs
                                ? image.config().platform().with(Platform.EROFS)
                                : image.config().platform())))
                .toJson();
    }

    private byte[] dockerManifest() {
        Map<String, Object> json = new LinkedHashMap<>();
        Reference name = image.name();
        json.put("Config", LayoutSource.path(image.id()));
        json.put("RepoTags", name.tag() == null ? List.of() : List.of(name.familiar()));
        json.put(
                "Layers",
                image.manifest().layers().stream()
                        .map(layer -> LayoutSource.path(layer.digest()))
                        .toList());
        return JsonObject.bytes(List.of(json));
    }
}
