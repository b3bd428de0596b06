package org.caisson.image.erofs;

/** Which chunks of a sparse file have data, and where: runs of chunks that follow one another in the file and in the image. */
final class SparseMap {
    private final IntColumn runs = new IntColumn();
    private final int chunkBits;

    /** A map of chunks of a power of two of blocks. */
    SparseMap(int chunkBits) {
        this.chunkBits = chunkBits;
    }

    /** How many blocks a chunk has, as a power of two. */
    int chunkBits() {
        return chunkBits;
    }

    /** Notes a chunk, by its number, that begins at a block. Chunks come in order. */
    void add(int chunk, int block) {
        int last = runs.size() - 3;
        if (last >= 0) {
            int count = runs.get(last + 1);
            boolean follows = runs.get(last) + count == chunk && runs.get(last + 2) + (count << chunkBits) == block;
            if (follows) {
                runs.set(last + 1, count + 1);
                return;
            }
        }
        runs.add(chunk);
        runs.add(1);
        runs.add(block);
    }

    /** Writes an entry for each of so many chunks, whose blocks are counted from one on. */
    void write(int chunks, int base, MetadataBuffer out) {
        int run = 0;
        for (int chunk = 0; chunk < chunks; chunk++) {
            if (run < runs.size() && chunk >= runs.get(run) + runs.get(run + 1)) {
                run += 3;
            }
            boolean data = run < runs.size() && chunk >= runs.get(run);
            out.u32(data ? base + runs.get(run + 2) + ((chunk - runs.get(run)) << chunkBits) : -1);
        }
    }
}
