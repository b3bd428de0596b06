package org.caisson.image.erofs;

import java.util.ArrayList;
import java.util.List;

/** A list of long numbers that grows by the page, so that it is never copied. */
final class LongColumn {
    private static final int PAGE_BITS = 14;
    private static final int PAGE = 1 << PAGE_BITS;

    private final List<long[]> pages = new ArrayList<>();
    private int size;

    LongColumn() {}

    void add(long value) {
        if ((size & (PAGE - 1)) == 0) {
            pages.add(new long[PAGE]);
        }
        pages.get(size >>> PAGE_BITS)[size & (PAGE - 1)] = value;
        size++;
    }

    long get(int index) {
        return pages.get(index >>> PAGE_BITS)[index & (PAGE - 1)];
    }

    void set(int index, long value) {
        pages.get(index >>> PAGE_BITS)[index & (PAGE - 1)] = value;
    }
}
