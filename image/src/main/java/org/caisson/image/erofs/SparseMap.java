package org.caisson.image.erofs;

import java.io.IOException;
import java.util.Arrays;

/** Which chunks of a sparse file have data, and where: runs of chunks that follow one another in the file and in the image. */
final class SparseMap {
    /** How many runs the chunks of all files of an image may make up together: they are held until it is complete. */
    static final int MOST_RUNS = 1 << 23;

    /** A chunk, how many follow one another from it on, and the block that it begins at. */
    private static final int RUN = 3;

    /** Runs, one after the other. Most files have one or two. */
    private int[] runs = new int[RUN];

    private int length;
    private final int chunkBits;

    /** A map of chunks of a power of two of blocks. */
    SparseMap(int chunkBits) {
        this.chunkBits = chunkBits;
    }

    /** How many blocks a chunk has, as a power of two. */
    int chunkBits() {
        return chunkBits;
    }

    /** How many runs there are. */
    int runs() {
        return length / RUN;
    }

    /** Notes a chunk, by its number, that begins at a block. Chunks come in order. */
    void add(int chunk, int block) throws ErofsFormatException {
        int last = length - RUN;
        if (last >= 0) {
            int count = runs[last + 1];
            boolean follows = runs[last] + count == chunk && runs[last + 2] + (count << chunkBits) == block;
            if (follows) {
                runs[last + 1] = count + 1;
                return;
            }
        }
        requireRuns(runs() + 1L);
        if (length == runs.length) {
            runs = Arrays.copyOf(runs, 2 * length);
        }
        runs[length] = chunk;
        runs[length + 1] = 1;
        runs[length + 2] = block;
        length += RUN;
    }

    /** Refuses more runs than the files of an image may have. */
    static void requireRuns(long count) throws ErofsFormatException {
        if (count > MOST_RUNS) {
            throw new ErofsFormatException("files with holes have more than " + MOST_RUNS + " pieces together");
        }
    }

    /** Writes an entry for each of so many chunks, whose blocks are counted from one on. */
    void write(int chunks, int base, MetadataBuffer out) throws IOException {
        int run = 0;
        for (int chunk = 0; chunk < chunks; chunk++) {
            if (run < length && chunk >= runs[run] + runs[run + 1]) {
                run += RUN;
            }
            boolean data = run < length && chunk >= runs[run];
            out.u32(data ? base + runs[run + 2] + ((chunk - runs[run]) << chunkBits) : -1);
            out.drain();
        }
    }
}
