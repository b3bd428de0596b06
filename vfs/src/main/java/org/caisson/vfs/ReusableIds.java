package org.caisson.vfs;

import java.util.BitSet;

/** Small numbers, the smallest free one first (the kernel's IDA). Not safe for several threads. */
final class ReusableIds {
    private final BitSet taken = new BitSet();
    private final int first;

    /** Every number below this one is taken. */
    private int lowest;

    ReusableIds(int first) {
        this.first = first;
        lowest = first;
    }

    int take() {
        int id = taken.nextClearBit(lowest);
        taken.set(id);
        lowest = id + 1;
        return id;
    }

    void free(int id) {
        if (id < first || !taken.get(id)) {
            throw new IllegalStateException("not taken: " + id);
        }
        taken.clear(id);
        lowest = Math.min(lowest, id);
    }
}
