package org.caisson.image.store;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.Reference;

/** Where things lie in a store. */
record Places(Path root, String format, String mergedFormat) {
    static final String VERSION = "1\n";

    Path mark() {
        return root.resolve("images-of-caisson");
    }

    Path lock() {
        return root.resolve("lock");
    }

    Path blobs() {
        return root.resolve("blobs");
    }

    Path blob(Digest digest) {
        return named(blobs(), digest);
    }

    Path diffs() {
        return root.resolve("diffs");
    }

    Path diff(Digest blob) {
        return named(diffs(), blob);
    }

    Path layers() {
        return root.resolve("layers").resolve(format);
    }

    Path layer(Digest diffId) {
        return named(layers(), diffId);
    }

    Path merged() {
        return root.resolve("merged").resolve(mergedFormat);
    }

    Path merged(Digest key) {
        return named(merged(), key);
    }

    Path mergedLock(Digest key) {
        return locks().resolve("merged-" + key.algorithm().prefix() + "-" + key.hex());
    }

    /** Where more is told of a layer than is in it. */
    static Path side(Path layer) {
        return beside(layer, ".files");
    }

    private static Path beside(Path file, String suffix) {
        return Durable.parent(file).resolve(file.getFileName() + suffix);
    }

    /** Layers of which only parts have come. */
    Path allParts() {
        return root.resolve("lazy");
    }

    Path parts(Digest key) {
        return allParts().resolve(key.hex());
    }

    Path prefetches() {
        return root.resolve("prefetch");
    }

    Path references() {
        return root.resolve("references");
    }

    Path reference(Reference name) {
        return references()
                .resolve(Digest.of(name.toString().getBytes(StandardCharsets.UTF_8))
                        .hex());
    }

    Path work() {
        return root.resolve("work");
    }

    Path locks() {
        return root.resolve("locks");
    }

    Path blobLock(Digest blob) {
        return locks().resolve(blob.algorithm().prefix() + "-" + blob.hex());
    }

    private static Path named(Path directory, Digest digest) {
        return directory.resolve(digest.algorithm().prefix()).resolve(digest.hex());
    }
}
