package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.LayerIndex;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.Reference;
import org.jspecify.annotations.Nullable;

/**
 * What one process is about to add to a store, or is using. Until it is closed nothing of what it added or asked for is removed, whether an
 * image needs it or not. Safe for several threads. What was not published is forgotten at the end.
 */
public final class Work implements AutoCloseable {
    private final ImageStore store;
    private final Places places;
    private final Path directory;
    private final Path pins;
    private final StoreLock alive;
    private final Set<String> pinned = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    private Work(ImageStore store, Path directory, StoreLock alive) {
        this.store = store;
        this.places = store.places();
        this.directory = directory;
        this.alive = alive;
        pins = directory.resolve("pins");
    }

    /** Sweeps what dead processes left, and begins. */
    static Work begin(ImageStore store) throws IOException {
        Collector.sweepIfAlone(store.places());
        try (StoreLock _ = StoreLock.share(store.places().lock())) {
            Path directory = newDirectory(store.places().work());
            StoreLock alive = StoreLock.take(directory.resolve("lock"));
            Work work = new Work(store, directory, alive);
            Files.createDirectory(work.pins);
            return work;
        } catch (IOException e) {
            throw StoreFailure.of(e, "add to the image store", store.places().root());
        }
    }

    /** A new directory of a name that nobody has; nobody else can make one here, so that it need not be hard to guess. */
    private static Path newDirectory(Path among) throws IOException {
        long process = ProcessHandle.current().pid();
        for (long number = System.nanoTime(); ; number++) {
            try {
                return Files.createDirectory(
                        among.resolve(process + "-" + Long.toHexString(number)),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (FileAlreadyExistsException e) {
                // Another thread began at the same moment.
            }
        }
    }

    /** Must hold the store's lock shared. */
    void pin(String kind, Digest digest) throws IOException {
        String name = Collector.pinName(kind, digest);
        if (pinned.add(name)) {
            try {
                Files.createFile(pins.resolve(name));
            } catch (FileAlreadyExistsException e) {
                // Another thread was as fast.
            }
        }
    }

    /**
     * Sees to it that a layer is in the store. If it is not, it is fetched; but if another, here or in another process, is fetching it,
     * its work is waited for and used.
     */
    public void layer(Descriptor blob, Digest diffId, BlobSource source, ImageProgress progress) throws IOException {
        try (StoreLock _ = lock(blob, progress)) {
            if (isThere(blob, diffId)) {
                progress.layer(blob.digest(), ImageProgress.State.PRESENT, blob.size(), blob.size());
                return;
            }
            LongConsumer reading =
                    done -> progress.layer(blob.digest(), ImageProgress.State.READING, done, blob.size());
            reading.accept(0);
            boolean fetch = !Files.exists(places.blob(blob.digest()));
            boolean convert = !Files.exists(places.layer(diffId));
            LayerIntake intake = new LayerIntake(directory, store.converter(), reading);
            InputStream in = fetch ? source.open(blob) : Files.newInputStream(places.blob(blob.digest()));
            StagedLayer staged = intake.take(in, new LayerIntake.Order(blob, fetch, convert));
            checkDiff(staged.diffId(), diffId);
            progress.layer(blob.digest(), ImageProgress.State.STORING, blob.size(), blob.size());
            publish(staged);
            progress.layer(blob.digest(), ImageProgress.State.DONE, blob.size(), blob.size());
        } catch (ImageFormatException e) {
            throw new ImageFormatException("layer " + blob.digest() + " is wrong: " + e.getMessage(), e);
        } catch (IOException e) {
            throw StoreFailure.of(e, "store layer " + blob.digest().brief(), places.root());
        }
    }

    private StoreLock lock(Descriptor blob, ImageProgress progress) throws IOException {
        StoreLock lock = StoreLock.tryTake(places.blobLock(blob.digest()));
        if (lock != null) {
            return lock;
        }
        progress.layer(blob.digest(), ImageProgress.State.WAITING, 0, blob.size());
        return StoreLock.take(places.blobLock(blob.digest()));
    }

    private boolean isThere(Descriptor blob, Digest diffId) throws IOException {
        try (StoreLock _ = StoreLock.share(places.lock())) {
            pin(Collector.BLOB, blob.digest());
            pin(Collector.LAYER, diffId);
            Path file = places.blob(blob.digest());
            if (!Files.exists(file)) {
                return false;
            }
            if (Files.size(file) != blob.size()) {
                throw new ImageFormatException(
                        "it has " + Files.size(file) + " bytes, not " + blob.size() + " as the manifest says");
            }
            Path diff = places.diff(blob.digest());
            if (!Files.exists(diff)) {
                return false;
            }
            checkDiff(Digest.parse(Files.readString(diff)), diffId);
            return Files.exists(places.layer(diffId));
        }
    }

    private static void checkDiff(Digest is, Digest expected) throws ImageFormatException {
        boolean same = is.equals(expected);
        if (!same && is.algorithm() != expected.algorithm()) {
            throw new ImageFormatException("diff_ids of " + expected.algorithm().prefix() + " are not supported");
        }
        if (!same) {
            throw new ImageFormatException(
                    "its plain content has the digest " + is + ", and the configuration says " + expected);
        }
    }

    /** Reads a layer of which nothing is known before. The stream is closed. */
    public StagedLayer stage(InputStream in, LongConsumer progress) throws IOException {
        try {
            return new LayerIntake(directory, store.converter(), progress)
                    .take(in, new LayerIntake.Order(null, true, true));
        } catch (IOException e) {
            throw StoreFailure.of(e, "store a layer", places.root());
        }
    }

    /** Gives what was staged its place in the store. */
    public void publish(StagedLayer staged) throws IOException {
        Digest blob = staged.blob().digest();
        try {
            staged.sync();
            try (StoreLock _ = StoreLock.share(places.lock())) {
                pin(Collector.BLOB, blob);
                pin(Collector.LAYER, staged.diffId());
                publishFiles(staged);
                put(staged.diffId().toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII), places.diff(blob));
            }
        } catch (IOException e) {
            throw StoreFailure.of(e, "store layer " + blob.brief(), places.root());
        }
    }

    private void publishFiles(StagedLayer staged) throws IOException {
        Path layerFile = staged.layerFile();
        Path layer = places.layer(staged.diffId());
        // A layer that is there stays as it is: images run from it.
        if (layerFile != null && !Files.exists(layer)) {
            if (Files.exists(Places.side(layerFile))) {
                Durable.publish(Places.side(layerFile), Places.side(layer));
            }
            Durable.publish(layerFile, layer);
        }
        if (staged.blobFile() != null) {
            Durable.publish(staged.blobFile(), places.blob(staged.blob().digest()));
        }
    }

    /** Reads a layer that the store has once more, and converts it again if that is wanted: into a file of this work's own. */
    StagedLayer again(Descriptor blob, boolean convert, LongConsumer progress) throws IOException {
        return new LayerIntake(directory, store.converter(), progress)
                .take(Files.newInputStream(places.blob(blob.digest())), new LayerIntake.Order(blob, false, convert));
    }

    /** A new directory in which a layer's parts are laid out; it goes with this work if it is not published. */
    public Path directory() throws IOException {
        return Files.createTempDirectory(directory, "parts");
    }

    /**
     * Whether a layer is in the store, in whole or in parts; it is kept from now on.
     *
     * @param key of its parts; null if it is to be there in whole
     */
    public boolean has(Descriptor blob, Digest diffId, @Nullable Digest key) throws IOException {
        try (StoreLock _ = StoreLock.share(places.lock())) {
            pin(Collector.BLOB, blob.digest());
            pin(Collector.LAYER, diffId);
            if (key != null) {
                pin(Collector.PARTS, key);
            }
            return Files.exists(places.layer(diffId))
                    ? Files.exists(places.blob(blob.digest()))
                    : key != null && Files.isDirectory(places.parts(key));
        }
    }

    /** Does something for a layer while nobody else, here or in another process, adds it. */
    public void alone(Descriptor blob, ImageProgress progress, Step step) throws IOException {
        try (StoreLock _ = lock(blob, progress)) {
            step.run();
        } catch (IOException e) {
            throw StoreFailure.of(e, "store layer " + blob.digest().brief(), places.root());
        }
    }

    /** What may fail. */
    @FunctionalInterface
    public interface Step {
        void run() throws IOException;
    }

    /** Gives a directory of a layer's parts its place in the store. */
    public void publishParts(Digest key, Path parts) throws IOException {
        try (java.nio.file.DirectoryStream<Path> files = Files.newDirectoryStream(parts)) {
            for (Path file : files) {
                Durable.sync(file);
            }
        }
        Durable.sync(parts);
        try (StoreLock _ = StoreLock.share(places.lock())) {
            pin(Collector.PARTS, key);
            Durable.publish(parts, places.parts(key));
        }
    }

    /** Adds a manifest or a configuration. */
    public void document(Descriptor descriptor, byte[] content) throws IOException {
        if (content.length != descriptor.size() || !descriptor.digest().isOf(content)) {
            throw new ImageFormatException(descriptor.digest() + ": its content is another one");
        }
        try (StoreLock _ = StoreLock.share(places.lock())) {
            pin(Collector.BLOB, descriptor.digest());
            Path place = places.blob(descriptor.digest());
            if (!Files.exists(place)) {
                put(content, place);
            }
        } catch (IOException e) {
            throw StoreFailure.of(e, "store " + descriptor.digest().brief(), places.root());
        }
    }

    void put(byte[] content, Path place) throws IOException {
        Path file = unusedName();
        Durable.write(file, content);
        Durable.publish(file, place);
    }

    /** A name for a file of this work's own, which ends with it. */
    public Path unusedName() throws IOException {
        Path file = Files.createTempFile(directory, "file", "");
        Files.delete(file);
        return file;
    }

    /** Has a name stand for a manifest, all of whose parts this work added or found; an image that had the name loses it. */
    public StoredImage name(Reference name, Descriptor manifest, @Nullable Digest index) throws IOException {
        StoredName stored = new StoredName(name, manifest, index, Instant.now());
        try {
            StoredImage image = store.image(stored);
            checkPinned(image);
            List<Digest> diffIds = image.config().diffIds();
            if (!diffIds.isEmpty()
                    && !places.mergedFormat().isEmpty()
                    && diffIds.stream().allMatch(store::has)) {
                merged(image);
            }
            publish(stored);
            return image;
        } catch (IOException e) {
            throw StoreFailure.of(e, "give an image the name " + name, places.root());
        }
    }

    private void publish(StoredName stored) throws IOException {
        try (StoreLock _ = StoreLock.share(places.lock())) {
            put(stored.toJson(), places.reference(stored.name()));
        }
    }

    private void checkPinned(StoredImage image) {
        boolean all = pinned.contains(
                        Collector.pinName(Collector.BLOB, image.descriptor().digest()))
                && pinned.contains(Collector.pinName(Collector.BLOB, image.id()));
        for (Descriptor layer : image.manifest().layers()) {
            // With parts too, for who looks whether they are there pins all.
            all &= pinned.contains(Collector.pinName(Collector.BLOB, layer.digest()));
        }
        for (Digest diffId : image.config().diffIds()) {
            all &= pinned.contains(Collector.pinName(Collector.LAYER, diffId));
        }
        if (!all) {
            throw new IllegalStateException("parts of " + image.name() + " were not added by this work");
        }
    }

    /**
     * Keeps the parts of an image until this work is closed, though its name may go. A layer that was lost, or that another version of the
     * program converted, is converted again.
     */
    public void use(StoredImage image) throws IOException {
        pin(image);
        for (int i = 0; i < image.config().diffIds().size(); i++) {
            Digest diffId = image.config().diffIds().get(i);
            Descriptor blob = image.manifest().layers().get(i);
            Digest key = LayerIndex.key(blob);
            boolean inParts = key != null && Files.isDirectory(places.parts(key));
            if (!inParts && !Files.exists(places.layer(diffId))) {
                BlobSource removed = _ -> {
                    throw new ImageException(
                            "cannot use " + image.name().familiar() + ": it was removed; pull or import it again");
                };
                layer(blob, diffId, removed, ImageProgress.SILENT);
            }
        }
    }

    private void pin(StoredImage image) throws IOException {
        try (StoreLock _ = StoreLock.share(places.lock())) {
            Manifest manifest = image.manifest();
            pin(Collector.BLOB, image.descriptor().digest());
            pin(Collector.BLOB, image.id());
            for (Descriptor layer : manifest.layers()) {
                pin(Collector.BLOB, layer.digest());
            }
            for (int i = 0; i < manifest.layers().size(); i++) {
                Digest diffId = image.config().diffIds().get(i);
                Digest key = LayerIndex.key(manifest.layers().get(i));
                pin(Collector.LAYER, diffId);
                if (key != null) {
                    pin(Collector.PARTS, key);
                }
            }
            pin(Collector.MERGED, Merging.key(image.config().diffIds()));
        }
    }

    /** All layers of an image that this work uses or added, as one. What shows them so is made if it is not there, or not any more. */
    public MergedLayers merged(StoredImage image) throws IOException {
        return new Merging(this, places, store.converter()).of(image.config().diffIds());
    }

    @Override
    public void close() throws IOException {
        if (closed.compareAndSet(false, true)) {
            try {
                Durable.deleteTree(directory);
            } finally {
                alive.close();
            }
        }
    }

    /** A fresh directory, which is removed with all in it when this work is closed, or, if this process dies, by the next. */
    public Path scratch() throws IOException {
        try {
            return Files.createTempDirectory(directory, "scratch");
        } catch (IOException e) {
            throw StoreFailure.of(e, "work in the image store", places.root());
        }
    }

    /** Keeps a stream in a file for as long as this work lasts. */
    public Path spool(InputStream in) throws IOException {
        Path file = Files.createTempFile(directory, "spool", "");
        try (SparseOutput out = new SparseOutput(file)) {
            in.transferTo(out);
            return file;
        } catch (IOException e) {
            throw StoreFailure.of(e, "keep what is read", places.root());
        }
    }
}
