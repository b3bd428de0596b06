package org.caisson.vfs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A dentry of a {@link TreeFileSystem}: a name in a parent, the file it stands for, and, of a directory, its children.
 *
 * <p>Children sit in an open-addressing table, at most half full. Walks read it without a lock: slots are published by
 * release stores and a full table is replaced as a whole. Writers hold the directory's monitor. Parent and name change
 * only under the tree's {@link RenameSequence}, which makes a walk that saw half of a change start again.
 */
public class TreeDentry extends Dentry {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(TreeDentry[].class);
    private static final int SMALLEST = 4;

    /** Stands where a child was, so that probing goes on. */
    private static final TreeDentry REMOVED = new TreeDentry();

    private final Inode inode;

    private @Nullable TreeDentry parent;
    private Name name;

    // The name's beginning is kept here as well: most comparisons end without touching the Name. No name holds a NUL,
    // so
    // words that are equal mean names of the same length, unless they are full.
    private int hash;
    private long word0;
    private long word1;

    private volatile @Nullable TreeDentry @Nullable [] children;

    /** What only a directory with entries needs. Under the monitor. */
    private @Nullable DirectoryState state;

    /** Where this stands in the order of its directory's entries; 0 if it is in no directory's table. Under the parent's monitor. */
    private int cookie;

    /** What goes with a table of children. */
    private static final class DirectoryState {
        final EntryOrder order = new EntryOrder();

        /** Slots of the table that are not null, and those of them with a child. */
        int used;

        int live;

        /** Whether the directory was removed, so that nothing can come in any more. */
        boolean sealed;
    }

    private TreeDentry() {
        super(0);
        inode = NoInode.INSTANCE;
        name = Name.EMPTY;
    }

    /** A dentry that is not yet in its parent's table; a root has no parent. */
    protected TreeDentry(@Nullable TreeDentry parent, Name name, Inode inode) {
        this(parent, name, inode, false);
    }

    /** The same; with {@code revalidate}, each walk asks {@link TreeFileSystem#revalidate} whether it still holds. */
    protected TreeDentry(@Nullable TreeDentry parent, Name name, Inode inode, boolean revalidate) {
        super((inode.isSymlink() ? SYMLINK : 0) | (revalidate ? REVALIDATE : 0));
        this.inode = inode;
        this.parent = parent;
        this.name = name;
        copyName();
    }

    private void copyName() {
        hash = name.hash;
        int length = name.length;
        word0 = length > 0 ? name.word(0) : 0;
        word1 = length > Long.BYTES ? name.word(1) : 0;
    }

    /** The file. */
    public final Inode inode() {
        return inode;
    }

    /** The directory that this is in, null for a root. */
    public final @Nullable TreeDentry parent() {
        return parent;
    }

    public final Name name() {
        return name;
    }

    /** The child that the present component of a path names. */
    final @Nullable TreeDentry child(ResolvingPath path) {
        @Nullable TreeDentry[] table = children;
        if (table == null) {
            return null;
        }
        int wanted = path.componentHash();
        int mask = table.length - 1;
        int slot = wanted & mask;
        while (true) {
            TreeDentry candidate = (TreeDentry) SLOT.getAcquire(table, slot);
            if (candidate == null) {
                return null;
            }
            if (candidate.hash == wanted && candidate.isNamed(path)) {
                return candidate;
            }
            slot = (slot + 1) & mask;
        }
    }

    /** A move may go on meanwhile: what is read of two names at once is found out by the walk, but must not break it. */
    private boolean isNamed(ResolvingPath path) {
        if (word0 != path.componentWord0() || word1 != path.componentWord1()) {
            return false;
        }
        return path.componentLength() < 2 * Long.BYTES || path.restEquals(name);
    }

    /** The child of this name, if it is in the table. */
    public final @Nullable TreeDentry child(Name wanted) {
        @Nullable TreeDentry[] table = children;
        if (table == null) {
            return null;
        }
        int mask = table.length - 1;
        int slot = wanted.hash & mask;
        while (true) {
            TreeDentry candidate = (TreeDentry) SLOT.getAcquire(table, slot);
            if (candidate == null) {
                return null;
            }
            if (candidate.hash == wanted.hash && candidate != REMOVED && candidate.name.equals(wanted)) {
                return candidate;
            }
            slot = (slot + 1) & mask;
        }
    }

    /** Puts a child into the table unless there is one of that name, and returns the one that is there now. */
    final synchronized TreeDentry attach(TreeDentry child) {
        TreeDentry present = child(child.name);
        if (present != null) {
            return present;
        }
        DirectoryState directory = state();
        child.cookie = directory.order.add(child);
        enter(directory, child);
        return child;
    }

    /** Puts a child of a name that is free where another one was in the order. */
    final synchronized void attach(TreeDentry child, int place) {
        DirectoryState directory = state();
        directory.order.put(place, child);
        child.cookie = place;
        enter(directory, child);
    }

    private DirectoryState state() {
        DirectoryState directory = state;
        if (directory == null) {
            directory = new DirectoryState();
            state = directory;
        }
        return directory;
    }

    private void enter(DirectoryState directory, TreeDentry child) {
        @Nullable TreeDentry[] table = children;
        if (table == null || 2 * (directory.used + 1) > table.length) {
            table = rebuilt(table, directory);
            put(table, child);
            children = table;
        } else {
            put(table, child);
        }
        directory.used++;
        directory.live++;
    }

    /** Takes a child out of the table; false if it is not there. */
    final synchronized boolean detach(TreeDentry child) {
        @Nullable TreeDentry[] table = children;
        DirectoryState directory = state;
        if (table == null || directory == null) {
            return false;
        }
        int mask = table.length - 1;
        int slot = child.hash & mask;
        while (table[slot] != child) {
            if (table[slot] == null) {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        SLOT.setRelease(table, slot, REMOVED);
        directory.live--;
        directory.order.remove(child.cookie);
        child.cookie = 0;
        return true;
    }

    /** How many children are in the table. */
    public final synchronized int childCount() {
        DirectoryState directory = state;
        return directory == null ? 0 : directory.live;
    }

    /**
     * Lets nothing come into an empty directory any more, because it is being removed; false if it is not empty. The caller holds the
     * monitors of whatever else changes with it.
     */
    public final synchronized boolean seal() {
        if (childCount() != 0) {
            return false;
        }
        state().sealed = true;
        return true;
    }

    /** Whether this is a directory that was removed: what would be made in it fails with ENOENT. */
    public final synchronized boolean isSealed() {
        DirectoryState directory = state;
        return directory != null && directory.sealed;
    }

    /** Whether this is in its directory's table: not a root, nor removed. Exact under the parent's monitor. */
    public final boolean isAttached() {
        return cookie != 0;
    }

    /** Where this stands in the order of its directory's entries, which stays so until it is moved or removed. */
    public final int cookie() {
        return cookie;
    }

    /** The first child in the order of cookies that stands at one or after it; the caller holds the monitor. */
    public final synchronized @Nullable TreeDentry childFrom(int first) {
        DirectoryState directory = state;
        return directory == null ? null : directory.order.from(first);
    }

    /** Visits the children that are in the table, in no particular order. */
    public final void forEachChild(Consumer<TreeDentry> visitor) {
        @Nullable TreeDentry[] table = children;
        if (table == null) {
            return;
        }
        for (int slot = 0; slot < table.length; slot++) {
            TreeDentry child = (TreeDentry) SLOT.getAcquire(table, slot);
            if (child != null && child != REMOVED) {
                visitor.accept(child);
            }
        }
    }

    /** Gives this dentry another place; the caller holds the rename lock and took it out of the old parent's table. */
    final void place(TreeDentry newParent, Name newName) {
        parent = newParent;
        name = newName;
        copyName();
    }

    private static @Nullable TreeDentry[] rebuilt(@Nullable TreeDentry @Nullable [] old, DirectoryState directory) {
        int capacity = SMALLEST;
        while (capacity < 4 * (directory.live + 1)) {
            capacity *= 2;
        }
        @Nullable TreeDentry[] fresh = new TreeDentry[capacity];
        if (old != null) {
            for (TreeDentry child : old) {
                if (child != null && child != REMOVED) {
                    put(fresh, child);
                }
            }
        }
        directory.used = directory.live;
        return fresh;
    }

    private static void put(@Nullable TreeDentry[] table, TreeDentry child) {
        int mask = table.length - 1;
        int slot = child.hash & mask;
        while (table[slot] != null) {
            slot = (slot + 1) & mask;
        }
        SLOT.setRelease(table, slot, child);
    }

    /** What {@link #REMOVED} stands for: nothing. */
    private static final class NoInode extends Inode {
        static final NoInode INSTANCE = new NoInode();

        private NoInode() {
            super(0, 0, 0, 0);
        }

        @Override
        protected void stat(Stat out) {
            throw new IllegalStateException("a removed entry has no attributes");
        }
    }
}
