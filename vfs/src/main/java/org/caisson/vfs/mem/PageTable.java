package org.caisson.vfs.mem;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which page of a {@link PageStore} holds which page of a file: a tree of 64 branches a level, as high as the last page in it needs.
 * Entries are page numbers, negated for pages that were allocated but never written, 0 for holes. Used under the lock of its
 * {@link FileData}.
 *
 * <p>Several tables may share nodes, and so pages. Each node counts what refers to it; one that has several holders is never
 * changed, but copied by who wants to change it, which adds a holder to all that is beneath.
 */
final class PageTable {
    private static final int BITS = 6;
    private static final int FAN = 1 << BITS;
    private static final int MASK = FAN - 1;

    private static final VarHandle HOLDERS;

    static {
        try {
            HOLDERS = MethodHandles.lookup().findVarHandle(Node.class, "holders", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SharedPages pages;

    /** A leaf at height 0, otherwise a branch; null if there are no pages. */
    private @Nullable Node root;

    private int height;
    private long count;

    /** Whether there may be other holders of nodes or pages. It stays so. */
    private volatile boolean mayShare;

    private abstract static sealed class Node {
        /** Tables and branches that refer to this. */
        private volatile int holders = 1;

        final boolean isShared() {
            return holders != 1;
        }

        final void hold() {
            HOLDERS.getAndAdd(this, 1);
        }

        /** Takes a holder away; true if it was the last. */
        final boolean leave() {
            return (int) HOLDERS.getAndAdd(this, -1) == 1;
        }
    }

    private static final class Leaf extends Node {
        /** May be short: what is not in it is holes. */
        int[] entries;

        Leaf(int[] entries) {
            this.entries = entries;
        }
    }

    private static final class Branch extends Node {
        final @Nullable Node[] below;

        Branch(@Nullable Node[] below) {
            this.below = below;
        }
    }

    PageTable(SharedPages pages) {
        this.pages = pages;
    }

    /** A table of the same pages: whichever is changed, the other stays as it is. To be told by one thread at a time, or under the lock. */
    PageTable share() {
        PageTable other = new PageTable(pages);
        Node top = root;
        if (top != null) {
            top.hold();
            mayShare = true;
            other.mayShare = true;
        }
        other.root = top;
        other.height = height;
        other.count = count;
        return other;
    }

    /** What stands for all the pages, and for no others: the same object in tables that share them all; null for no pages. */
    @Nullable
    Object content() {
        return root;
    }

    /** How many pages there are. */
    long count() {
        return count;
    }

    private @Nullable Leaf leaf(long index) {
        if (index >>> BITS >>> (BITS * height) != 0) {
            return null;
        }
        Node node = root;
        for (int level = height; level > 0 && node != null; level--) {
            node = ((Branch) node).below[(int) (index >>> (BITS * level)) & MASK];
        }
        return (Leaf) node;
    }

    /** The entry at an index. */
    int get(long index) {
        Leaf leaf = leaf(index);
        int slot = (int) index & MASK;
        return leaf == null || slot >= leaf.entries.length ? 0 : leaf.entries[slot];
    }

    /** Whether the page at an index, where there is one, may be changed: no other table has it. */
    boolean owns(long index) {
        if (!mayShare) {
            return true;
        }
        Node node = root;
        for (int level = height; level > 0; level--) {
            if (node == null || node.isShared()) {
                return false;
            }
            node = ((Branch) node).below[(int) (index >>> (BITS * level)) & MASK];
        }
        return node != null && !node.isShared() && !pages.isShared(Math.abs(get(index)));
    }

    /** Sets an entry, which is not 0, and returns what was there, which is the caller's then. */
    int put(long index, int entry) {
        while (index >>> BITS >>> (BITS * height) != 0) {
            raise();
        }
        Leaf leaf = leafToWrite(index);
        int slot = (int) index & MASK;
        if (slot >= leaf.entries.length) {
            leaf.entries = Arrays.copyOf(leaf.entries, shortLength(slot));
        }
        int before = leaf.entries[slot];
        leaf.entries[slot] = entry;
        if (before == 0) {
            count++;
        }
        return before;
    }

    private static int shortLength(int slot) {
        return slot == 0 ? 1 : Integer.highestOneBit(slot) << 1;
    }

    private void raise() {
        Node below = root;
        if (below != null) {
            Branch above = new Branch(new Node[FAN]);
            above.below[0] = below;
            root = above;
        }
        height++;
    }

    private Leaf leafToWrite(long index) {
        if (height == 0) {
            Leaf leaf = root == null ? new Leaf(new int[shortLength((int) index & MASK)]) : own((Leaf) root);
            root = leaf;
            return leaf;
        }
        Branch node = root == null ? new Branch(new Node[FAN]) : own((Branch) root);
        root = node;
        for (int level = height; level > 1; level--) {
            int branch = (int) (index >>> (BITS * level)) & MASK;
            Node below = node.below[branch];
            Branch next = below == null ? new Branch(new Node[FAN]) : own((Branch) below);
            node.below[branch] = next;
            node = next;
        }
        int branch = (int) (index >>> BITS) & MASK;
        Node below = node.below[branch];
        Leaf leaf = below == null ? new Leaf(new int[FAN]) : own((Leaf) below);
        node.below[branch] = leaf;
        return leaf;
    }

    /** The leaf if only this table has it, otherwise a copy of it that takes its place. */
    private Leaf own(Leaf leaf) {
        if (!leaf.isShared()) {
            return leaf;
        }
        Leaf copy = new Leaf(leaf.entries.clone());
        for (int entry : copy.entries) {
            if (entry != 0) {
                pages.hold(Math.abs(entry));
            }
        }
        drop(leaf);
        return copy;
    }

    private Branch own(Branch branch) {
        if (!branch.isShared()) {
            return branch;
        }
        Branch copy = new Branch(branch.below.clone());
        for (Node below : copy.below) {
            if (below != null) {
                below.hold();
            }
        }
        drop(branch);
        return copy;
    }

    /** Lets go of a node, and of all that nobody else holds. */
    private void drop(Node node) {
        if (!node.leave()) {
            return;
        }
        switch (node) {
            case Leaf leaf -> {
                for (int entry : leaf.entries) {
                    if (entry != 0) {
                        pages.release(Math.abs(entry));
                    }
                }
            }
            case Branch branch -> {
                for (Node below : branch.below) {
                    if (below != null) {
                        drop(below);
                    }
                }
            }
        }
    }

    /** Removes all entries. */
    void clear() {
        Node top = root;
        root = null;
        height = 0;
        count = 0;
        if (top != null) {
            drop(top);
        }
    }

    /** Removes the entries from one index to another, which is not included, and lets go of their pages. */
    void remove(long from, long to) {
        Node top = root;
        if (top != null && from < to) {
            root = remove(top, height, 0, from, to);
            if (root == null) {
                height = 0;
            }
        }
    }

    /** What takes the place of a node, whose first index is {@code base}; null if nothing is left in it. */
    private @Nullable Node remove(Node node, int level, long base, long from, long to) {
        long span = 1L << (BITS * level);
        if (from >= base + FAN * span || to <= base) {
            return node;
        }
        if (from <= base && base + FAN * span <= to) {
            count -= count(node);
            drop(node);
            return null;
        }
        return switch (node) {
            case Leaf leaf -> removeFromLeaf(leaf, base, from, to);
            case Branch branch -> removeFromBranch(branch, level, base, from, to);
        };
    }

    private @Nullable Node removeFromBranch(Branch shared, int level, long base, long from, long to) {
        long span = 1L << (BITS * level);
        Branch branch = own(shared);
        boolean empty = true;
        for (int i = 0; i < FAN; i++) {
            Node below = branch.below[i];
            if (below != null) {
                Node left = remove(below, level - 1, base + i * span, from, to);
                branch.below[i] = left;
                empty &= left == null;
            }
        }
        return empty ? null : branch;
    }

    private @Nullable Node removeFromLeaf(Leaf shared, long base, long from, long to) {
        Leaf leaf = own(shared);
        boolean empty = true;
        for (int i = 0; i < leaf.entries.length; i++) {
            int entry = leaf.entries[i];
            if (entry == 0) {
                continue;
            }
            if (base + i >= from && base + i < to) {
                leaf.entries[i] = 0;
                count--;
                pages.release(Math.abs(entry));
            } else {
                empty = false;
            }
        }
        return empty ? null : leaf;
    }

    private static long count(Node node) {
        long found = 0;
        switch (node) {
            case Leaf leaf -> {
                for (int entry : leaf.entries) {
                    found += entry == 0 ? 0 : 1;
                }
            }
            case Branch branch -> {
                for (Node below : branch.below) {
                    found += below == null ? 0 : count(below);
                }
            }
        }
        return found;
    }

    /** The first index from one on whose page was written; -1 if there is none. */
    long nextWritten(long from) {
        Node top = root;
        return top == null ? -1 : nextWritten(top, height, 0, from);
    }

    private static long nextWritten(Node node, int level, long base, long from) {
        if (node instanceof Leaf leaf) {
            for (int i = (int) Math.min(FAN, Math.max(0, from - base)); i < leaf.entries.length; i++) {
                if (leaf.entries[i] > 0) {
                    return base + i;
                }
            }
            return -1;
        }
        @Nullable Node[] branches = ((Branch) node).below;
        long span = 1L << (BITS * level);
        for (int i = (int) Math.min(FAN, Math.max(0, (from - base) / span)); i < FAN; i++) {
            Node below = branches[i];
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
