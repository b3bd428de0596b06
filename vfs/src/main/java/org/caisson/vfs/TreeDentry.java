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

    // The name's beginning is kept here as well: most comparisons end without touching the Name.
    private int hash;
    private int length;
    private long word0;
    private long word1;

    private volatile @Nullable TreeDentry @Nullable [] children;

    /** Slots of the table that are not null, and those of them with a child. Under the monitor. */
    private int used;

    private int live;

    private TreeDentry() {
        super(0);
        inode = NoInode.INSTANCE;
        name = Name.EMPTY;
        length = -1;
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
        length = name.length;
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
        if (length != path.componentLength() || word0 != path.componentWord0() || word1 != path.componentWord1()) {
            return false;
        }
        return path.componentLength() <= 2 * Long.BYTES || path.restEquals(name);
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
            if (candidate.hash == wanted.hash && candidate.length >= 0 && candidate.name.equals(wanted)) {
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
        @Nullable TreeDentry[] table = children;
        if (table == null || 2 * (used + 1) > table.length) {
            table = rebuilt(table);
            put(table, child);
            children = table;
        } else {
            put(table, child);
        }
        used++;
        live++;
        return child;
    }

    /** Takes a child out of the table; false if it is not there. */
    final synchronized boolean detach(TreeDentry child) {
        @Nullable TreeDentry[] table = children;
        if (table == null) {
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
        live--;
        return true;
    }

    /** How many children are in the table. */
    public final synchronized int childCount() {
        return live;
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

    private @Nullable TreeDentry[] rebuilt(@Nullable TreeDentry @Nullable [] old) {
        int capacity = SMALLEST;
        while (capacity < 4 * (live + 1)) {
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
        used = live;
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
