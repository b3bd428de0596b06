package org.caisson.image.lazy;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.caisson.image.oci.ImageFormatException;

/** The pieces of a layer's data, in the order of their places in the outline: where each goes, where in the blob it is, its digest. */
final class ChunkTable {
    /** The largest piece that is fetched on demand, in plain bytes and in the blob: it is held in memory. */
    static final int LARGEST = 64 << 20;

    private static final long MAGIC = 0x6361_6973_6c61_7a31L;
    private static final int HASH = 32;
    private static final int RECORD = 8 + 4 + 8 + 4 + 4 + HASH;
    private static final int MOST = 1 << 24;

    private int count;
    private long[] places = new long[64];
    private int[] lengths = new int[64];
    private long[] starts = new long[64];
    private int[] blobLengths = new int[64];
    private int[] inners = new int[64];
    private byte[] hashes = new byte[64 * HASH];

    ChunkTable() {}

    /** Adds a piece, behind all others in the outline. */
    void add(long place, int length, long start, int blobLength, int inner, byte[] hash) throws ImageFormatException {
        if (count == MOST || (count > 0 && place < places[count - 1] + lengths[count - 1])) {
            throw new ImageFormatException("its table of contents has too many pieces, or some that overlap");
        }
        if (count == places.length) {
            places = Arrays.copyOf(places, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
            starts = Arrays.copyOf(starts, 2 * count);
            blobLengths = Arrays.copyOf(blobLengths, 2 * count);
            inners = Arrays.copyOf(inners, 2 * count);
            hashes = Arrays.copyOf(hashes, 2 * count * HASH);
        }
        places[count] = place;
        lengths[count] = length;
        starts[count] = start;
        blobLengths[count] = blobLength;
        inners[count] = inner;
        System.arraycopy(hash, 0, hashes, count * HASH, HASH);
        count++;
    }

    int count() {
        return count;
    }

    /** Where in the outline it goes. */
    long place(int chunk) {
        return places[chunk];
    }

    int length(int chunk) {
        return lengths[chunk];
    }

    /** Where in the blob its compressed bytes begin. */
    long start(int chunk) {
        return starts[chunk];
    }

    int blobLength(int chunk) {
        return blobLengths[chunk];
    }

    /** How many plain bytes are before it there. */
    int inner(int chunk) {
        return inners[chunk];
    }

    boolean isOf(int chunk, byte[] hash) {
        return Arrays.equals(hash, 0, HASH, hashes, chunk * HASH, (chunk + 1) * HASH);
    }

    /** The first piece that ends behind a place of the outline; {@link #count} if there is none. */
    int firstEndingAfter(long place) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (places[middle] + lengths[middle] > place) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    void write(Path file) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeLong(MAGIC);
            out.writeInt(count);
            for (int i = 0; i < count; i++) {
                out.writeLong(places[i]);
                out.writeInt(lengths[i]);
                out.writeLong(starts[i]);
                out.writeInt(blobLengths[i]);
                out.writeInt(inners[i]);
                out.write(hashes, i * HASH, HASH);
            }
        }
    }

    static ChunkTable read(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            long magic = in.readLong();
            int count = in.readInt();
            if (magic != MAGIC || count < 0 || Files.size(file) != 12 + (long) count * RECORD) {
                throw new ImageFormatException(file + " is damaged");
            }
            ChunkTable table = new ChunkTable();
            byte[] hash = new byte[HASH];
            for (int i = 0; i < count; i++) {
                long place = in.readLong();
                int length = in.readInt();
                long start = in.readLong();
                int blobLength = in.readInt();
                int inner = in.readInt();
                in.readFully(hash);
                table.add(place, length, start, blobLength, inner, hash);
            }
            return table;
        }
    }
}
