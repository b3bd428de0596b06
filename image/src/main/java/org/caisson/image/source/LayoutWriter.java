package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.caisson.image.oci.Reference;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;

/** Writes an image as it came, every blob unchanged, in the layout of OCI: as a directory, or as an archive that {@code docker load} reads too. */
public final class LayoutWriter {
    private static final byte[] MARK = "{\"imageLayoutVersion\": \"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);

    private final ImageStore store;
    private final StoredImage image;

    public LayoutWriter(ImageStore store, StoredImage image) {
        this.store = store;
        this.image = image;
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
            work.use(image);
            for (Descriptor blob : blobs()) {
                Path file = directory.resolve(LayoutSource.path(blob.digest()));
                Files.createDirectories(Objects.requireNonNull(file.getParent()));
                try (InputStream in = store.open(blob)) {
                    Files.copy(in, file);
                }
            }
        }
        Files.write(directory.resolve(LayoutSource.MARK), MARK);
        Files.write(directory.resolve(LayoutSource.INDEX), index());
    }

    /** Writes a tar archive. The stream is not closed. */
    public void writeArchive(OutputStream out) throws IOException {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        try (Work work = store.begin()) {
            work.use(image);
            file(tar, LayoutSource.MARK, MARK);
            file(tar, LayoutSource.INDEX, index());
            file(tar, DockerArchive.MANIFEST, dockerManifest());
            for (Descriptor blob : blobs()) {
                entry(tar, LayoutSource.path(blob.digest()), blob.size());
                try (InputStream in = store.open(blob)) {
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
    private Set<Descriptor> blobs() {
        Set<Descriptor> blobs = new LinkedHashSet<>();
        blobs.add(image.descriptor());
        blobs.add(image.manifest().config());
        Set<Object> digests = new LinkedHashSet<>();
        for (Descriptor layer : image.manifest().layers()) {
            if (digests.add(layer.digest())) {
                blobs.add(layer);
            }
        }
        return blobs;
    }

    private byte[] index() {
        Map<String, String> annotations = new LinkedHashMap<>();
        String tag = image.name().tag();
        annotations.put(LayoutSource.CONTAINERD_NAME, image.name().toString());
        annotations.put(Descriptor.REF_NAME, tag == null ? "latest" : tag);
        Descriptor manifest = image.descriptor();
        return new Index(List.of(new Descriptor(
                        manifest.mediaType(),
                        manifest.digest(),
                        manifest.size(),
                        annotations,
                        image.config().platform())))
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
