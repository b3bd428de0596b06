package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.LayerIndex;
import org.caisson.image.oci.Reference;
import org.caisson.image.registry.RegistryOptions;
import org.caisson.image.source.ImageSource;
import org.caisson.image.source.Intake;
import org.caisson.image.source.NoRangesException;
import org.caisson.image.source.RangeSource;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.Work;

/**
 * Takes of each layer that has a table of contents only that. Other layers are fetched in whole, and so are those of a registry that gives
 * only whole blobs, or whose table does not hold what it should.
 */
public final class LazyPull implements Intake.Layers {
    private final Reference from;
    private final RegistryOptions options;
    private final Consumer<String> notes;

    /** Held by who makes an outline: the tree of a large layer takes hundreds of megabytes until it is written. */
    private final ReentrantLock building = new ReentrantLock();

    /**
     * A pull of an image.
     *
     * @param options how its registry is talked to, then too when it runs
     * @param notes is told, in a sentence each, which layers are fetched in whole and why
     */
    public LazyPull(Reference from, RegistryOptions options, Consumer<String> notes) {
        this.options = options;
        this.from = from;
        this.notes = notes;
    }

    @Override
    public void take(Work work, Descriptor blob, Digest diffId, ImageSource source, ImageProgress progress)
            throws IOException {
        LayerIndex index = LayerIndex.of(blob);
        Digest key = LayerIndex.key(blob);
        if (index == null || key == null || !(source instanceof RangeSource ranges)) {
            note(blob, "it has no table of contents");
            work.layer(blob, diffId, source, progress);
            return;
        }
        try {
            work.alone(blob, progress, () -> {
                if (!work.has(blob, diffId, key)) {
                    progress.layer(blob.digest(), ImageProgress.State.READING, 0, blob.size());
                    lay(work, index, key, blob, ranges);
                }
                progress.layer(blob.digest(), ImageProgress.State.PRESENT, blob.size(), blob.size());
            });
        } catch (ImageFormatException | NoRangesException e) {
            note(blob, String.valueOf(e.getMessage()));
            work.layer(blob, diffId, source, progress);
        }
    }

    private void note(Descriptor blob, String why) {
        notes.accept("layer " + blob.digest().brief() + " is fetched in whole: " + why);
    }

    private void lay(Work work, LayerIndex index, Digest key, Descriptor blob, RangeSource source) throws IOException {
        TableOfContents table = TableOfContents.fetch(index, blob, source);
        Path parts = work.directory();
        try (ChunkTableWriter chunks = new ChunkTableWriter(parts.resolve("chunks"))) {
            building.lock();
            try {
                new OutlineBuilder(table.text().bytes(), table.end(), chunks).write(parts.resolve("outline"));
            } finally {
                building.unlock();
            }
            chunks.finish();
        }
        new PartsRecord(blob, index.kind(), from, options).write(parts);
        Files.createFile(parts.resolve("arrived"));
        work.publishParts(key, parts);
    }
}
