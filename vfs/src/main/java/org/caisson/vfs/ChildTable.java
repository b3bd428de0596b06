package org.caisson.vfs;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The children of one directory by name: an open-addressing table, at most half full, that is parted when it is large.
 *
 * <p>Readers take no lock: slots are published by release stores, and arrays are replaced as a whole. A reader that still
 * holds what was replaced sees the children as they were at that moment. Writers hold the monitor of the directory.
 *
 * <p>A large table consists of parts by the first bits of the hash (extendible hashing). A full part becomes two, so that no
 * insertion moves more than some {@value #LARGEST_PART} children, however many there are.
 */
final class ChildTable {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(TreeDentry[].class);
    private static final VarHandle PART = MethodHandles.arrayElementVarHandle(ChildTable[].class);
    private static final int SMALLEST = 4;
    private static final int LARGEST_PART = 1024;

    /** So many children a part there must be on average; else the hashes agree too much, and a full part grows instead. */
    private static final int SMALLEST_PART = 64;

    /** Null when there are parts. The length is a power of two. */
    private volatile @Nullable TreeDentry @Nullable [] slots;

    /** By the first bits of the hash; several neighbours may be the same part. Null while there are slots. */
    private volatile ChildTable @Nullable [] parts;

    /** How many first bits of the hash all children have in common. */
    private final int bits;

    /** Slots that are not null. */
    private int used;

    /** Children, those of the parts included. */
    private int live;

    ChildTable() {
        this(0, SMALLEST);
    }

    private ChildTable(int bits, int capacity) {
        this.bits = bits;
        this.slots = new TreeDentry[capacity];
    }

    /** The child that a component of a path names, or null: {@code length} bytes, their hash, and the first sixteen. */
    @Nullable
    TreeDentry find(ResolvingPath path, int hash, int length, long word0, long word1) {
        @Nullable TreeDentry[] table = slots;
        if (table == null) {
            table = slotsOfPart(hash);
        }
        int mask = table.length - 1;
        int slot = hash & mask;
        while (true) {
            TreeDentry candidate = (TreeDentry) SLOT.getAcquire(table, slot);
            if (candidate == null || candidate.isNamed(path, length, word0, word1)) {
                return candidate;
            }
            slot = (slot + 1) & mask;
        }
    }

    /** The child of this name, or null. */
    @Nullable
    TreeDentry find(Name name) {
        @Nullable TreeDentry[] table = slots;
        if (table == null) {
            table = slotsOfPart(name.hash);
        }
        int mask = table.length - 1;
        int slot = name.hash & mask;
        while (true) {
            TreeDentry candidate = (TreeDentry) SLOT.getAcquire(table, slot);
            if (candidate == null || candidate.isNamed(name)) {
                return candidate;
            }
            slot = (slot + 1) & mask;
        }
    }

    /** How many children there are. Under the monitor. */
    int size() {
        return live;
    }

    /** Whether the table has grown large. */
    boolean hasParts() {
        return parts != null;
    }

    /** Visits the children, in no particular order; what comes and goes meanwhile may be visited or not. */
    void forEach(Consumer<TreeDentry> visitor) {
        @Nullable TreeDentry[] table = slots;
        if (table != null) {
            visit(table, visitor);
            return;
        }
        ChildTable[] all = requireNonNull(parts);
        int index = 0;
        while (index < all.length) {
            ChildTable part = (ChildTable) PART.getAcquire(all, index);
            visit(requireNonNull(part.slots), visitor);
            index += all.length >>> part.bits;
        }
    }

    private static void visit(@Nullable TreeDentry[] table, Consumer<TreeDentry> visitor) {
        for (int slot = 0; slot < table.length; slot++) {
            TreeDentry child = (TreeDentry) SLOT.getAcquire(table, slot);
            if (child != null && child != TreeDentry.REMOVED) {
                visitor.accept(child);
            }
        }
    }

    /** Puts in a child whose name is not in the table. Under the monitor. */
    void insert(TreeDentry child) {
        ChildTable table = parts == null ? this : partOf(child.hash());
        while (!table.hasRoom()) {
            if (table.live < LARGEST_PART || live >>> table.bits < SMALLEST_PART) {
                table.rebuild();
            } else {
                split(table);
                table = partOf(child.hash());
            }
        }
        table.put(child);
        if (table != this) {
            live++;
        }
    }

    /** Takes a child out; false if it is not in the table. Under the monitor. */
    boolean remove(TreeDentry child) {
        if (parts == null) {
            return take(child);
        }
        boolean taken = partOf(child.hash()).take(child);
        if (taken) {
            live--;
        }
        return taken;
    }

    private @Nullable TreeDentry[] slotsOfPart(int hash) {
        return requireNonNull(partOf(hash).slots);
    }

    private ChildTable partOf(int hash) {
        ChildTable[] all = requireNonNull(parts);
        return (ChildTable) PART.getAcquire(all, (int) ((Integer.toUnsignedLong(hash) * all.length) >>> Integer.SIZE));
    }

    private boolean hasRoom() {
        return 2 * (used + 1) <= requireNonNull(slots).length;
    }

    /** Makes room by another array, larger or freed of what was removed. */
    private void rebuild() {
        @Nullable TreeDentry[] old = requireNonNull(slots);
        int capacity = SMALLEST;
        while (capacity < 4 * (live + 1)) {
            capacity *= 2;
        }
        @Nullable TreeDentry[] fresh = new TreeDentry[capacity];
        for (TreeDentry child : old) {
            if (child != null && child != TreeDentry.REMOVED) {
                fresh[freeSlot(fresh, child.hash())] = child;
            }
        }
        used = live;
        slots = fresh;
    }

    /** Makes two parts of one, or of this table. */
    private void split(ChildTable full) {
        ChildTable[] halves = {half(full), half(full)};
        int bit = Integer.MIN_VALUE >>> full.bits;
        for (TreeDentry child : requireNonNull(full.slots)) {
            if (child != null && child != TreeDentry.REMOVED) {
                halves[(child.hash() & bit) == 0 ? 0 : 1].put(child);
            }
        }
        if (full == this) {
            // Readers look for the slots first.
            parts = halves;
            slots = null;
            return;
        }
        replace(full, halves);
    }

    private static ChildTable half(ChildTable full) {
        return new ChildTable(full.bits + 1, 2 * LARGEST_PART);
    }

    private void replace(ChildTable full, ChildTable[] halves) {
        ChildTable[] all = requireNonNull(parts);
        if (all.length == 1 << full.bits) {
            ChildTable[] doubled = new ChildTable[2 * all.length];
            Arrays.setAll(doubled, i -> all[i / 2]);
            place(doubled, full, halves);
            parts = doubled;
        } else {
            place(all, full, halves);
        }
    }

    private static void place(ChildTable[] all, ChildTable full, ChildTable[] halves) {
        int first = 0;
        while (all[first] != full) {
            first += all.length >>> all[first].bits;
        }
        int each = all.length >>> (full.bits + 1);
        for (int i = 0; i < each; i++) {
            PART.setRelease(all, first + i, halves[0]);
            PART.setRelease(all, first + each + i, halves[1]);
        }
    }

    private void put(TreeDentry child) {
        @Nullable TreeDentry[] table = requireNonNull(slots);
        int slot = freeSlot(table, child.hash());
        if (table[slot] == null) {
            used++;
        }
        live++;
        SLOT.setRelease(table, slot, child);
    }

    /** The first slot of a hash that holds no child. */
    private static int freeSlot(@Nullable TreeDentry[] table, int hash) {
        int mask = table.length - 1;
        int slot = hash & mask;
        while (table[slot] != null && table[slot] != TreeDentry.REMOVED) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private boolean take(TreeDentry child) {
        @Nullable TreeDentry[] table = requireNonNull(slots);
        int mask = table.length - 1;
        int slot = child.hash() & mask;
        while (table[slot] != child) {
            if (table[slot] == null) {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        live--;
        if (table[(slot + 1) & mask] != null) {
            // Probing must go on here.
            SLOT.setRelease(table, slot, TreeDentry.REMOVED);
            return true;
        }
        TreeDentry emptied = child;
        while (emptied == child || emptied == TreeDentry.REMOVED) {
            SLOT.setRelease(table, slot, null);
            used--;
            slot = (slot - 1) & mask;
            emptied = table[slot];
        }
        return true;
    }
}
