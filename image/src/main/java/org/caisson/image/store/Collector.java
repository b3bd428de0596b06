package org.caisson.image.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.LayerIndex;
import org.caisson.image.oci.Reference;

/** Removes from a store what no name, and nobody at work, needs. Nobody can add or begin to use anything meanwhile. */
final class Collector {
    static final String BLOB = "blob";
    static final String LAYER = "layer";
    static final String MERGED = "merged";
    static final String PARTS = "parts";

    /** So many lists of what to fetch first are kept, for images that may come back. */
    private static final int MOST_PREFETCH_LISTS = 1000;

    private final ImageStore store;
    private final Places places;
    private final Set<String> used = new HashSet<>();
    private int files;
    private long bytes;

    private Collector(ImageStore store) {
        this.store = store;
        places = store.places();
    }

    static String pinName(String kind, Digest digest) {
        return kind + "-" + digest.algorithm().prefix() + "-" + digest.hex();
    }

    /** Removes what nobody needs. */
    static Collected collect(ImageStore store) throws IOException {
        try (StoreLock _ = StoreLock.take(store.places().lock())) {
            return new Collector(store).run();
        }
    }

    /** Removes a name; false if there is none. Who uses its image has pinned what it needs of it. */
    static boolean removeName(ImageStore store, Reference name) throws IOException {
        try (StoreLock _ = StoreLock.share(store.places().lock())) {
            boolean removed = Files.deleteIfExists(store.places().reference(name));
            Durable.sync(store.places().references());
            return removed;
        }
    }

    /** Removes what dead processes left, unless somebody is just adding something: then the next does. */
    static void sweepIfAlone(Places places) throws IOException {
        try (StoreLock alone = StoreLock.tryTake(places.lock())) {
            if (alone != null) {
                Set<String> pins = new HashSet<>();
                Sweep sweep = new Sweep(places);
                sweep.work(pins);
                sweep.parts(pins);
            }
        }
    }

    private Collected run() throws IOException {
        Sweep sweep = new Sweep(places);
        sweep.work(used);
        // Whatever cannot be read keeps everything: nothing is removed on a guess.
        for (StoredName name : store.names()) {
            mark(store.image(name));
        }
        sweepBlobs();
        sweepMade(LAYER, places.root().resolve("layers"));
        sweepMade(MERGED, places.root().resolve("merged"));
        sweepParts();
        sweepPrefetches();
        sweepLocks();
        return new Collected(files, bytes);
    }

    private void mark(StoredImage image) {
        used.add(pinName(BLOB, image.descriptor().digest()));
        used.add(pinName(BLOB, image.id()));
        for (Descriptor layer : image.manifest().layers()) {
            used.add(pinName(BLOB, layer.digest()));
        }
        for (int i = 0; i < image.manifest().layers().size(); i++) {
            Digest diffId = image.config().diffIds().get(i);
            Digest key = LayerIndex.key(image.manifest().layers().get(i));
            used.add(pinName(LAYER, diffId));
            if (key != null && !Files.exists(places.layer(diffId))) {
                used.add(pinName(PARTS, key));
            }
        }
        used.add(pinName(MERGED, Merging.key(image.config().diffIds())));
    }

    private void sweepBlobs() throws IOException {
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            try (DirectoryStream<Path> blobs =
                    Files.newDirectoryStream(places.blobs().resolve(algorithm.prefix()))) {
                for (Path blob : blobs) {
                    Digest digest = new Digest(algorithm, name(blob));
                    if (!used.contains(pinName(BLOB, digest))) {
                        Files.deleteIfExists(places.diff(digest));
                        delete(blob);
                    }
                }
            }
        }
    }

    /** In all formats: what was made by another version of the program too. */
    private void sweepMade(String kind, Path all) throws IOException {
        if (!Files.isDirectory(all)) {
            return;
        }
        try (DirectoryStream<Path> formats = Files.newDirectoryStream(all)) {
            for (Path format : formats) {
                for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
                    Path directory = format.resolve(algorithm.prefix());
                    if (Files.isDirectory(directory)) {
                        sweepMade(kind, algorithm, directory);
                    }
                }
            }
        }
    }

    /** What is told of a file goes after it: who finds the file finds that too, whenever this one dies. */
    private void sweepMade(String kind, Digest.Algorithm algorithm, Path directory) throws IOException {
        List<Path> told = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
            for (Path one : all) {
                String name = name(one);
                int suffix = name.indexOf('.');
                String hex = suffix >= 0 ? name.substring(0, suffix) : name;
                if (used.contains(pinName(kind, new Digest(algorithm, hex)))) {
                    continue;
                }
                if (suffix >= 0) {
                    told.add(one);
                } else {
                    delete(one);
                }
            }
        }
        for (Path one : told) {
            Files.deleteIfExists(one);
        }
    }

    /** Parts of layers that nobody needs, or that are there in whole. */
    private void sweepParts() throws IOException {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(places.allParts())) {
            for (Path parts : all) {
                if (!used.contains(pinName(PARTS, new Digest(Digest.Algorithm.SHA256, name(parts))))) {
                    try (DirectoryStream<Path> pieces = Files.newDirectoryStream(parts)) {
                        for (Path piece : pieces) {
                            delete(piece);
                        }
                    }
                    Files.delete(parts);
                }
            }
        }
    }

    private void sweepPrefetches() throws IOException {
        List<Path> lists = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(places.prefetches())) {
            all.forEach(lists::add);
        }
        for (int i = MOST_PREFETCH_LISTS; i < lists.size(); i++) {
            delete(lists.get(i));
        }
    }

    private void delete(Path file) throws IOException {
        long size = Files.size(file);
        Files.delete(file);
        files++;
        bytes += size;
    }

    private void sweepLocks() throws IOException {
        try (DirectoryStream<Path> locks = Files.newDirectoryStream(places.locks())) {
            for (Path lock : locks) {
                try (StoreLock free = StoreLock.tryTake(lock)) {
                    if (free != null) {
                        Files.deleteIfExists(lock);
                    }
                }
            }
        }
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    /** Directories of work. The store's lock is held alone. */
    private record Sweep(Places places) {
        /** Removes those of the dead, and adds what the living pinned. */
        void work(Set<String> pins) throws IOException {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(places.work())) {
                for (Path one : all) {
                    // Not made, for whoever ends its work may have taken it away and be about to take the directory.
                    try (StoreLock dead = StoreLock.tryTakeExisting(one.resolve("lock"))) {
                        if (dead != null) {
                            Durable.deleteTree(one);
                        } else {
                            addPins(one.resolve("pins"), pins);
                        }
                    } catch (org.caisson.linux.ErrnoException e) {
                        if (e.errno() != org.caisson.linux.Errno.ENOENT) {
                            throw e;
                        }
                        // Its process ended, and perhaps before it had a lock: nobody begins while we have the store's.
                        Durable.deleteTree(one);
                    }
                }
            }
        }

        /** Removes parts of layers that are there in whole and that nobody uses. */
        void parts(Set<String> pins) throws IOException {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(places.allParts())) {
                for (Path parts : all) {
                    String pin = pinName(PARTS, new Digest(Digest.Algorithm.SHA256, name(parts)));
                    if (!pins.contains(pin) && Files.exists(parts.resolve(ImageStore.WHOLE))) {
                        Durable.deleteTree(parts);
                    }
                }
            }
        }

        private static void addPins(Path directory, Set<String> pins) throws IOException {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
                for (Path pin : all) {
                    pins.add(name(pin));
                }
            } catch (NoSuchFileException e) {
                // Its process ended and took it away meanwhile.
            }
        }
    }
}
