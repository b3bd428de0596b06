package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.store.Decompression;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StagedLayer;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;
import org.jspecify.annotations.Nullable;

/** Takes into a store what lies in a file or directory, or comes from a pipe, whatever it is. */
public final class Importer {
    private final ImageStore store;
    private final Platform platform;
    private final ImageProgress progress;
    private final @Nullable String wanted;

    /** {@code wanted} is which of several images of an archive or layout is meant; null if there is only one. */
    public Importer(ImageStore store, Platform platform, ImageProgress progress, @Nullable String wanted) {
        this.store = store;
        this.platform = platform;
        this.progress = progress;
        this.wanted = wanted;
    }

    /** Takes in a layout, an archive or a root directory; without a name, under what it says it is called. */
    public StoredImage take(Path from, @Nullable Reference name) throws IOException {
        if (!Files.exists(from)) {
            throw new ImageException("cannot import " + from + ": no such file or directory");
        }
        try (Work work = store.begin()) {
            if (!Files.isDirectory(from)) {
                return archive(work, from, from.toString(), name);
            }
            DirectoryFiles files = new DirectoryFiles(from);
            if (files.has(LayoutSource.MARK) && files.has(LayoutSource.INDEX)) {
                return new Intake(store, platform, progress)
                        .take(work, new LayoutSource(files, from.toString(), wanted), name);
            }
            Reference called = Intake.named(name == null ? null : name.toString(), from.toString());
            OneLayer image = new OneLayer(work, platform, progress);
            try (InputStream tar = RootDirectory.open(from.toAbsolutePath().normalize())) {
                StagedLayer staged = image.stage(tar, called);
                return image.name(staged, called, "imported from a directory");
            }
        }
    }

    /** Takes in an archive from a stream, which is not closed. */
    public StoredImage take(InputStream from, String place, @Nullable Reference name) throws IOException {
        try (Work work = store.begin()) {
            return plainArchive(work, work.spool(Decompression.plain(from)), place, name);
        }
    }

    private StoredImage archive(Work work, Path file, String place, @Nullable Reference name) throws IOException {
        try (java.io.BufferedInputStream in = new java.io.BufferedInputStream(Files.newInputStream(file))) {
            if (Files.isRegularFile(file) && Decompression.of(in) == Decompression.NONE) {
                return plainArchive(work, file, place, name);
            }
            return plainArchive(work, work.spool(Decompression.plain(in)), place, name);
        }
    }

    private StoredImage plainArchive(Work work, Path file, String place, @Nullable Reference name) throws IOException {
        try (ArchiveFiles files = openArchive(file, place, name)) {
            if (files != null && files.has(LayoutSource.MARK) && files.has(LayoutSource.INDEX)) {
                return new Intake(store, platform, progress).take(work, new LayoutSource(files, place, wanted), name);
            }
            if (files != null && files.has(DockerArchive.MANIFEST)) {
                return new DockerArchive(files, place).take(work, wanted, name, platform, progress);
            }
        }
        Reference called = Intake.named(name == null ? null : name.toString(), place);
        OneLayer image = new OneLayer(work, platform, progress);
        return image.name(image.stage(Files.newInputStream(file), called), called, "imported from an archive");
    }

    /** Null for what is no archive of an image: that of a root directory may have more files than one of an image, and sparse ones. */
    private static @Nullable ArchiveFiles openArchive(Path file, String place, @Nullable Reference name)
            throws IOException {
        try {
            return ArchiveFiles.open(file, place);
        } catch (ImageFormatException e) {
            if (name == null) {
                throw e;
            }
            return null;
        }
    }
}
