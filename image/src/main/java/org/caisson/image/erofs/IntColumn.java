package org.caisson.image.erofs;

import java.util.ArrayList;
import java.util.List;

/** A list of numbers that grows by the page, so that it is never copied. */
final class IntColumn {
    private static final int PAGE_BITS = 14;
    private static final int PAGE = 1 << PAGE_BITS;

    private final List<int[]> pages = new ArrayList<>();
    private int size;

    IntColumn() {}

    int size() {
        return size;
    }

    void add(int value) {
        if ((size & (PAGE - 1)) == 0) {
            pages.add(new int[PAGE]);
        }
        pages.get(size >>> PAGE_BITS)[size & (PAGE - 1)] = value;
        size++;
    }

    int get(int index) {
        return pages.get(index >>> PAGE_BITS)[index & (PAGE - 1)];
    }

    void set(int index, int value) {
        pages.get(index >>> PAGE_BITS)[index & (PAGE - 1)] = value;
    }
}
