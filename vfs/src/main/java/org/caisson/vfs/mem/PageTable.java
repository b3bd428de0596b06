package org.caisson.vfs.mem;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Which page of a {@link PageStore} holds which page of a file: a tree of 64 branches a level, as high as the last page in it needs.
 * Entries are page numbers, negated for pages that were allocated but never written, 0 for holes. Used under the lock of its
 * {@link FileData}.
 */
final class PageTable {
    private static final int BITS = 6;
    private static final int FAN = 1 << BITS;
    private static final int MASK = FAN - 1;

    /** An int[] at height 0, otherwise an Object[]; null if there are no pages. A leaf that is the root may be short. */
    private @Nullable Object root;

    private int height;
    private long count;

    /** How many pages there are. */
    long count() {
        return count;
    }

    /** The leaf that an index falls into, to be read only; null for one of holes. It may be short. */
    int @Nullable [] leaf(long index) {
        if (index >>> BITS >>> (BITS * height) != 0) {
            return null;
        }
        Object node = root;
        for (int level = height; level > 0 && node != null; level--) {
            node = ((Object[]) node)[(int) (index >>> (BITS * level)) & MASK];
        }
        return (int[]) node;
    }

    /** The entry at an index. */
    int get(long index) {
        int[] leaf = leaf(index);
        int slot = (int) index & MASK;
        return leaf == null || slot >= leaf.length ? 0 : leaf[slot];
    }

    /** Sets an entry, which is not 0, and returns what was there. */
    int put(long index, int entry) {
        while (index >>> BITS >>> (BITS * height) != 0) {
            raise();
        }
        int[] leaf = leafToWrite(index);
        int slot = (int) index & MASK;
        int before = leaf[slot];
        leaf[slot] = entry;
        if (before == 0) {
            count++;
        }
        return before;
    }

    private void raise() {
        Object below = root;
        if (below != null) {
            Object[] above = new Object[FAN];
            above[0] = below instanceof int[] leaf ? Arrays.copyOf(leaf, FAN) : below;
            root = above;
        }
        height++;
    }

    private int[] leafToWrite(long index) {
        int slot = (int) index & MASK;
        if (height == 0) {
            int[] leaf = (int[]) root;
            if (leaf == null || slot >= leaf.length) {
                int length = slot == 0 ? 1 : Integer.highestOneBit(slot) << 1;
                leaf = leaf == null ? new int[length] : Arrays.copyOf(leaf, length);
                root = leaf;
            }
            return leaf;
        }
        Object[] node = (Object[]) root;
        if (node == null) {
            node = new Object[FAN];
            root = node;
        }
        for (int level = height; level > 1; level--) {
            int branch = (int) (index >>> (BITS * level)) & MASK;
            Object[] below = (Object[]) node[branch];
            if (below == null) {
                below = new Object[FAN];
                node[branch] = below;
            }
            node = below;
        }
        int branch = (int) (index >>> BITS) & MASK;
        int[] leaf = (int[]) node[branch];
        if (leaf == null) {
            leaf = new int[FAN];
            node[branch] = leaf;
        }
        return leaf;
    }

    /** Removes the entries from one index to another, which is not included; each is handed out. */
    void remove(long from, long to, IntConsumer removed) {
        if (root != null && from < to && remove(root, height, 0, from, to, removed)) {
            root = null;
            height = 0;
        }
    }

    /** Returns whether nothing is left in the node, whose first index is {@code base}. */
    private boolean remove(Object node, int level, long base, long from, long to, IntConsumer removed) {
        if (level == 0) {
            return removeFromLeaf((int[]) node, base, from, to, removed);
        }
        Object[] branches = (Object[]) node;
        long span = 1L << (BITS * level);
        boolean empty = true;
        for (int i = 0; i < FAN; i++) {
            Object below = branches[i];
            if (below == null) {
                continue;
            }
            long start = base + i * span;
            if (start < to && from < start + span && remove(below, level - 1, start, from, to, removed)) {
                branches[i] = null;
            } else {
                empty = false;
            }
        }
        return empty;
    }

    private boolean removeFromLeaf(int[] leaf, long base, long from, long to, IntConsumer removed) {
        boolean empty = true;
        for (int i = 0; i < leaf.length; i++) {
            int entry = leaf[i];
            if (entry == 0) {
                continue;
            }
            if (base + i >= from && base + i < to) {
                leaf[i] = 0;
                count--;
                removed.accept(entry);
            } else {
                empty = false;
            }
        }
        return empty;
    }

    /** The first index from one on whose page was written; -1 if there is none. */
    long nextWritten(long from) {
        return root == null ? -1 : nextWritten(root, height, 0, from);
    }

    private static long nextWritten(Object node, int level, long base, long from) {
        if (level == 0) {
            int[] leaf = (int[]) node;
            for (int i = (int) Math.max(0, from - base); i < leaf.length; i++) {
                if (leaf[i] > 0) {
                    return base + i;
                }
            }
            return -1;
        }
        Object[] branches = (Object[]) node;
        long span = 1L << (BITS * level);
        for (int i = (int) Math.min(FAN, Math.max(0, (from - base) / span)); i < FAN; i++) {
            Object below = branches[i];
            if (below != null) {
                long found = nextWritten(below, level - 1, base + i * span, from);
                if (found >= 0) {
                    return found;
                }
            }
        }
        return -1;
    }
}
