package org.caisson.vfs;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The children of one directory by name: an open-addressing table, at most half full, that is parted when it is large.
 *
 * <p>Readers take no lock: slots are published by release stores, and arrays are replaced as a whole. A reader that still
 * holds what was replaced sees the children as they were at that moment. The array of a small table is also in the
 * directory's dentry, where readers find it sooner. Writers hold the monitor of the directory.
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

    /** The slots of a directory that never had children. */
    static final @Nullable TreeDentry[] NONE = new TreeDentry[1];

    /** Stands for the slots of a table that has parts. */
    private static final @Nullable TreeDentry[] PARTED = {};

    /** What readers find who come too late for parts that were emptied. */
    private static final ChildTable[] NO_PARTS = new ChildTable[1];

    static {
        NO_PARTS[0] = new ChildTable();
    }

    /** How many of the bits that say which part it is all children have in common. */
    private final int bits;

    /** Their number is a power of two; the last bits of the hash say which is looked at first. */
    private volatile @Nullable TreeDentry[] slots;

    /** By {@link #spread} of the hash; several neighbours may be the same part. Before the slots are {@link #PARTED}. */
    private volatile ChildTable[] parts = NO_PARTS;

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

    /** The slots, to be kept in the dentry. */
    @Nullable
    TreeDentry[] slots() {
        return slots;
    }

    /**
     * The child of a directory that a component of a path names, or null.
     *
     * @param slots those of the directory
     * @param word0 the first eight bytes of the component, and {@code word1} the next
     */
    static @Nullable TreeDentry find(
            @Nullable TreeDentry[] slots, TreeDentry directory, Pathname path, int hash, long word0, long word1) {
        @Nullable TreeDentry[] table = slots.length == 0 ? slotsOfPart(directory, hash) : slots;
        int mask = table.length - 1;
        int slot = hash & mask;
        while (true) {
            TreeDentry candidate = (TreeDentry) SLOT.getAcquire(table, slot);
            if (candidate == null || candidate.isNamed(path, word0, word1)) {
                return candidate;
            }
            slot = (slot + 1) & mask;
        }
    }

    private static @Nullable TreeDentry[] slotsOfPart(TreeDentry directory, int hash) {
        return requireNonNull(directory.table()).partOf(hash).slots;
    }

    /** The child of this name, or null. */
    @Nullable
    TreeDentry find(Name name) {
        @Nullable TreeDentry[] table = slots;
        if (table == PARTED) {
            table = partOf(name.hash).slots;
        }
        int slot = name.hash & (table.length - 1);
        while (true) {
            TreeDentry candidate = (TreeDentry) SLOT.getAcquire(table, slot);
            if (candidate == null || candidate.isNamed(name)) {
                return candidate;
            }
            slot = (slot + 1) & (table.length - 1);
        }
    }

    private ChildTable partOf(int hash) {
        ChildTable[] all = parts;
        return (ChildTable)
                PART.getAcquire(all, (int) ((Integer.toUnsignedLong(spread(hash)) * all.length) >>> Integer.SIZE));
    }

    /** Lets all bits of a hash count in its first ones. */
    private static int spread(int hash) {
        return hash * 0x9E3779B9;
    }

    /** How many children there are. Under the monitor. */
    int size() {
        return live;
    }

    /**
     * Visits the children, in no particular order; what comes and goes meanwhile may be visited or not, all else is visited once.
     */
    void forEach(Consumer<TreeDentry> visitor) {
        @Nullable TreeDentry[] table = slots;
        if (table != PARTED) {
            visit(table, visitor);
            return;
        }
        ChildTable[] all = parts;
        int index = 0;
        while (index < all.length) {
            ChildTable part = (ChildTable) PART.getAcquire(all, index);
            visit(part.slots, visitor);
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
        ChildTable part = makeRoom(child.hash());
        part.put(child);
        if (part != this) {
            live++;
        }
    }

    /** The table or the part of it where there is room, now, for a child of this hash. */
    private ChildTable makeRoom(int hash) {
        while (true) {
            ChildTable part = slots == PARTED ? partOf(hash) : this;
            if (2 * (part.used + 1) <= part.slots.length) {
                return part;
            }
            if (part.live < LARGEST_PART || live >>> part.bits < SMALLEST_PART) {
                part.rebuild();
            } else if (part == this) {
                parts = new ChildTable[] {half(0), half(1)};
                slots = PARTED;
            } else {
                split(part);
            }
        }
    }

    /** The same children in more slots, or in slots free of what was removed. */
    private void rebuild() {
        int capacity = SMALLEST;
        while (capacity < 4 * (live + 1)) {
            capacity *= 2;
        }
        ChildTable fresh = new ChildTable(bits, capacity);
        visit(slots, fresh::put);
        used = fresh.used;
        slots = fresh.slots;
    }

    private void split(ChildTable part) {
        ChildTable[] all = parts;
        if (all.length == 1 << part.bits) {
            ChildTable[] doubled = new ChildTable[2 * all.length];
            for (int i = 0; i < doubled.length; i++) {
                doubled[i] = all[i / 2];
            }
            parts = doubled;
            all = doubled;
        }
        int begin = 0;
        while (all[begin] != part) {
            begin += all.length >>> all[begin].bits;
        }
        ChildTable first = part.half(0);
        ChildTable second = part.half(1);
        int middle = begin + (all.length >>> first.bits);
        int end = begin + (all.length >>> part.bits);
        // From the end, so that who visits all and met the first half finds the second one behind it.
        for (int i = end - 1; i >= begin; i--) {
            PART.setRelease(all, i, i < middle ? first : second);
        }
    }

    /** The children whose hash has this bit behind those that all have in common. */
    private ChildTable half(int bit) {
        ChildTable half = new ChildTable(bits + 1, Math.max(2 * LARGEST_PART, slots.length));
        visit(slots, child -> {
            if ((spread(child.hash()) << bits) >>> (Integer.SIZE - 1) == bit) {
                half.put(child);
            }
        });
        return half;
    }

    private void put(TreeDentry child) {
        @Nullable TreeDentry[] table = slots;
        int slot = child.hash() & (table.length - 1);
        while (table[slot] != null && table[slot] != TreeDentry.REMOVED) {
            slot = (slot + 1) & (table.length - 1);
        }
        if (table[slot] == null) {
            used++;
        }
        live++;
        SLOT.setRelease(table, slot, child);
    }

    /** Takes a child out; false if it is not in the table. Under the monitor. */
    boolean remove(TreeDentry child) {
        ChildTable part = slots == PARTED ? partOf(child.hash()) : this;
        boolean taken = part.take(child);
        if (taken && part != this) {
            live--;
            if (live == 0) {
                used = 0;
                slots = new TreeDentry[SMALLEST];
                parts = NO_PARTS;
            }
        }
        return taken;
    }

    private boolean take(TreeDentry child) {
        @Nullable TreeDentry[] table = slots;
        int mask = table.length - 1;
        int slot = child.hash() & (table.length - 1);
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
