package org.caisson.image.lazy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.caisson.image.oci.ImageFormatException;

/**
 * The pieces of a layer's data, in the order of their places in the outline: where each goes, where in the blob it is, its digest. The file is
 * read in place, so that even of a large image nothing is kept in memory but what is looked at.
 */
final class ChunkTable implements AutoCloseable {
    /** The largest piece that is fetched on demand, in plain bytes and in the blob: it is held in memory. */
    static final int LARGEST = 16 << 20;

    // A header, and records: the place in the outline, that in the blob, both lengths, what is before it, the hash.
    static final long MAGIC = 0x6361_6973_6c61_7a31L;
    static final int HEADER = 16;
    static final int RECORD = 64;
    static final int HASH = 32;
    private static final int COUNT_AT = 8;
    private static final int PLACE_AT = 0;
    private static final int START_AT = 8;
    private static final int LENGTH_AT = 16;
    private static final int BLOB_LENGTH_AT = 20;
    private static final int INNER_AT = 24;
    private static final int HASH_AT = 32;

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);

    private final Arena arena;
    private final MemorySegment bytes;
    private final int count;

    private ChunkTable(Arena arena, MemorySegment bytes) {
        this.arena = arena;
        this.bytes = bytes;
        count = bytes.get(INT, COUNT_AT);
    }

    /** Maps the file that {@link ChunkTableWriter} made. */
    static ChunkTable open(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            if (bytes.byteSize() < HEADER
                    || bytes.get(LONG, 0) != MAGIC
                    || bytes.byteSize() != HEADER + (long) bytes.get(INT, COUNT_AT) * RECORD) {
                throw new ImageFormatException(file + " is damaged");
            }
            return new ChunkTable(arena, bytes);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static long at(int chunk) {
        return HEADER + (long) chunk * RECORD;
    }

    int count() {
        return count;
    }

    /** Where in the outline it goes. */
    long place(int chunk) {
        return bytes.get(LONG, at(chunk) + PLACE_AT);
    }

    int length(int chunk) {
        return bytes.get(INT, at(chunk) + LENGTH_AT);
    }

    /** Where in the blob its compressed bytes begin. */
    long start(int chunk) {
        return bytes.get(LONG, at(chunk) + START_AT);
    }

    int blobLength(int chunk) {
        return bytes.get(INT, at(chunk) + BLOB_LENGTH_AT);
    }

    /** Where in the blob its compressed bytes end. */
    long end(int chunk) {
        return start(chunk) + blobLength(chunk);
    }

    /** How many plain bytes are before it there. */
    int inner(int chunk) {
        return bytes.get(INT, at(chunk) + INNER_AT);
    }

    boolean isOf(int chunk, byte[] hash) {
        return bytes.asSlice(at(chunk) + HASH_AT, HASH).mismatch(MemorySegment.ofArray(hash)) < 0;
    }

    /** The first piece that ends behind a place of the outline; {@link #count} if there is none. */
    int firstEndingAfter(long place) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (place(middle) + length(middle) > place) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Nobody may look any more. */
    @Override
    public void close() {
        arena.close();
    }
}
