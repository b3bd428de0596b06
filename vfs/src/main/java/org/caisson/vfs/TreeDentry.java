package org.caisson.vfs;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A dentry of a {@link TreeFileSystem}: a name in a parent, the file it stands for, and, of a directory, its children.
 *
 * <p>Walks read the table of children without a lock; writers hold the directory's monitor. Parent and name change only
 * under the tree's {@link RenameSequence}, which makes a walk that saw half of a change start again.
 */
public class TreeDentry extends Dentry {
    /** Stands in a {@link ChildTable} where a child was, so that probing goes on. */
    static final TreeDentry REMOVED = new TreeDentry();

    private final Inode inode;

    private @Nullable TreeDentry parent;
    private Name name;

    // The name's beginning is kept here as well: most comparisons end without touching the Name.
    private int hash;
    private int length;
    private long word0;
    private long word1;

    /** Of a directory that has or had children. Written under the monitor. */
    private volatile @Nullable ChildTable children;

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

    final int hash() {
        return hash;
    }

    /** The child that the present component of a path names. */
    final @Nullable TreeDentry child(ResolvingPath path) {
        return child(path, path.componentHash(), path.componentLength(), path.componentWord0(), path.componentWord1());
    }

    /** The child that a component of a path names: {@code length} bytes, their hash, and the first sixteen. */
    final @Nullable TreeDentry child(ResolvingPath path, int wanted, int bytes, long first, long second) {
        ChildTable table = children;
        return table == null ? null : table.find(path, wanted, bytes, first, second);
    }

    /** A move may go on meanwhile: what is read of two names at once is found out by the walk, but must not break it. */
    final boolean isNamed(ResolvingPath path, int bytes, long first, long second) {
        if (word0 != first || length != bytes || word1 != second) {
            return false;
        }
        return bytes <= 2 * Long.BYTES || path.restEquals(name);
    }

    final boolean isNamed(Name wanted) {
        return hash == wanted.hash && length >= 0 && name.equals(wanted);
    }

    /** The child of this name, if it is in the table. */
    public final @Nullable TreeDentry child(Name wanted) {
        ChildTable table = children;
        return table == null ? null : table.find(wanted);
    }

    /** Puts a child into the table unless there is one of that name, and returns the one that is there now. */
    final synchronized TreeDentry attach(TreeDentry child) {
        ChildTable table = children;
        if (table == null) {
            table = new ChildTable();
            table.insert(child);
            children = table;
            return child;
        }
        TreeDentry present = table.find(child.name);
        if (present != null) {
            return present;
        }
        table.insert(child);
        return child;
    }

    /** Takes a child out of the table; false if it is not there. */
    final synchronized boolean detach(TreeDentry child) {
        ChildTable table = children;
        if (table == null || !table.remove(child)) {
            return false;
        }
        if (table.size() == 0 && table.hasParts()) {
            children = null;
        }
        return true;
    }

    /** How many children are in the table. */
    public final synchronized int childCount() {
        ChildTable table = children;
        return table == null ? 0 : table.size();
    }

    /** Visits the children that are in the table, in no particular order. */
    public final void forEachChild(Consumer<TreeDentry> visitor) {
        ChildTable table = children;
        if (table != null) {
            table.forEach(visitor);
        }
    }

    /** Gives this dentry another place; the caller holds the rename lock and took it out of the old parent's table. */
    final void place(TreeDentry newParent, Name newName) {
        parent = newParent;
        name = newName;
        copyName();
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
