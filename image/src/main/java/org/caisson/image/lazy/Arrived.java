package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;

/**
 * How much of an image's layers has come, in bytes of their blobs.
 *
 * @param bytes what is here
 * @param whole what there is
 */
public record Arrived(long bytes, long whole) {
    /** Looks into the store. */
    public static Arrived of(ImageStore store, StoredImage image) throws IOException {
        long bytes = 0;
        for (int i = 0; i < image.manifest().layers().size(); i++) {
            Descriptor blob = image.manifest().layers().get(i);
            Path parts = store.has(image.config().diffIds().get(i)) ? null : store.parts(blob);
            bytes += parts == null ? blob.size() : ofParts(parts, blob);
        }
        return new Arrived(bytes, image.manifest().size());
    }

    /** What came in order, and chunks behind it. */
    private static long ofParts(Path parts, Descriptor blob) throws IOException {
        long prefix = Chunks.prefixSize(parts);
        long bytes = prefix;
        try (ChunkTable table = ChunkTable.open(parts.resolve("chunks"));
                FileChannel outline = FileChannel.open(parts.resolve("outline"), StandardOpenOption.READ);
                Arrivals arrivals = new Arrivals(table.count(), outline, parts.resolve("arrived"))) {
            for (int chunk = 0; chunk < table.count(); chunk++) {
                long end = table.end(chunk);
                if (end > prefix && arrivals.has(chunk)) {
                    bytes += end - Math.max(prefix, table.start(chunk));
                }
            }
        } catch (NoSuchFileException e) {
            // It has become whole meanwhile, or was removed with its image.
            return blob.size();
        }
        return Math.min(bytes, blob.size());
    }

    /** In hundredths, rounded down. */
    public int percent() {
        return whole == 0 ? 100 : (int) (bytes * 100.0 / whole);
    }
}
