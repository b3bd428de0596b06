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

    /** The first word of no name. */
    private static final long NO_NAME = 0;

    private final Inode inode;

    private @Nullable TreeDentry parent;
    Name name;

    // The words that the name begins with: most comparisons end without touching the Name.
    long word0;
    long word1;

    /** Where walks look for children, see {@link ChildTable#slots}. Written under the monitor. */
    volatile @Nullable TreeDentry[] slots;

    int mask;

    /** Of a directory that has or had children. Written under the monitor, before the slots. */
    private @Nullable ChildTable table;

    private TreeDentry() {
        super(NOT_OPEN);
        inode = NoInode.INSTANCE;
        name = Name.EMPTY;
        slots = ChildTable.NONE;
        word0 = NO_NAME;
    }

    /** A dentry that is not yet in its parent's table; a root has no parent. */
    protected TreeDentry(@Nullable TreeDentry parent, Name name, Inode inode) {
        this(parent, name, inode, false);
    }

    /** The same; with {@code revalidate}, each walk asks {@link TreeFileSystem#revalidate} whether it still holds. */
    @SuppressWarnings("this-escape") // the inode only keeps it
    protected TreeDentry(@Nullable TreeDentry parent, Name name, Inode inode, boolean revalidate) {
        super(inode.traits() | (revalidate ? REVALIDATE : 0));
        this.inode = inode;
        inode.named(this);
        this.parent = parent;
        this.name = name;
        slots = ChildTable.NONE;
        copyName();
    }

    private void copyName() {
        word0 = name.word0();
        word1 = name.word1();
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
        return name.hash;
    }

    /** The child that the present component of a path names. */
    final @Nullable TreeDentry child(ResolvingPath path) {
        path.look();
        return ChildTable.find(slots, this, path, path.hash, path.word0, path.word1);
    }

    @Nullable
    ChildTable table() {
        return table;
    }

    /** A move may go on meanwhile: what is read of two names at once is found out by the walk, but must not break it. */
    final boolean isNamed(Pathname path, long first, long second) {
        return word0 == first && word1 == second && (path.componentLength() < 2 * Long.BYTES || path.restEquals(name));
    }

    final boolean isNamed(Name wanted) {
        return this != REMOVED && name.equals(wanted);
    }

    /** The child of this name, if it is in the table. */
    public final @Nullable TreeDentry child(Name wanted) {
        ChildTable known = slots == ChildTable.NONE ? null : table;
        return known == null ? null : known.find(wanted);
    }

    /** Puts a child into the table unless there is one of that name, and returns the one that is there now. */
    final synchronized TreeDentry attach(TreeDentry child) {
        ChildTable known = table;
        if (known == null) {
            known = new ChildTable();
            table = known;
        }
        TreeDentry present = known.find(child.name);
        if (present != null) {
            return present;
        }
        known.insert(child);
        slots = known.slots();
        mask = Math.max(known.slots().length - 1, 0);
        return child;
    }

    /** Takes a child out of the table; false if it is not there. */
    final synchronized boolean detach(TreeDentry child) {
        ChildTable known = table;
        if (known == null || !known.remove(child)) {
            return false;
        }
        slots = known.slots();
        mask = Math.max(known.slots().length - 1, 0);
        return true;
    }

    /** How many children are in the table. */
    public final synchronized int childCount() {
        ChildTable known = table;
        return known == null ? 0 : known.size();
    }

    /** Visits the children that are in the table, in no particular order. */
    public final void forEachChild(Consumer<TreeDentry> visitor) {
        ChildTable known = slots == ChildTable.NONE ? null : table;
        if (known != null) {
            known.forEach(visitor);
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
