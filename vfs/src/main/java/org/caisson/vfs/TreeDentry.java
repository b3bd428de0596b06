package org.caisson.vfs;

import java.util.Objects;
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

    /** The {@link #cookie} of what was taken out of its directory's table though its name is still there. */
    private static final int FORGOTTEN = -1;

    private final Inode inode;

    private @Nullable TreeDentry parent;
    Name name;

    // The words that the name begins with: most comparisons end without touching the Name.
    long word0;
    long word1;

    /** Where walks look for children, see {@link ChildTable#slots}. Written under the monitor. */
    volatile @Nullable TreeDentry[] slots;

    int mask;

    /** What only a directory with entries needs. Written under the monitor, before the slots. */
    private @Nullable DirectoryState state;

    /**
     * Where this stands in the order of its directory's entries; 0 if it was removed or never was in a table, {@link #FORGOTTEN} for what
     * was forgotten. Under the parent's monitor.
     */
    private int cookie;

    /** What goes with the children of a directory. */
    private static final class DirectoryState {
        final ChildTable table = new ChildTable();
        final EntryOrder order = new EntryOrder();

        /** Whether the directory was removed, so that nothing can come in any more. */
        boolean sealed;
    }

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
    protected TreeDentry(@Nullable TreeDentry parent, Name name, Inode inode, boolean revalidate) {
        super((inode.isSymlink() ? SYMLINK : 0) | (revalidate ? REVALIDATE : 0) | NOT_OPEN);
        this.inode = inode;
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

    /** The table of a directory that has or had children. */
    final ChildTable table() {
        return Objects.requireNonNull(state).table;
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
        return slots == ChildTable.NONE ? null : table().find(wanted);
    }

    /** Puts a child into the table unless there is one of that name, and returns the one that is there now. */
    final synchronized TreeDentry attach(TreeDentry child) {
        TreeDentry present = child(child.name);
        if (present != null) {
            return present;
        }
        DirectoryState directory = state();
        child.cookie = directory.order.add(child);
        enter(directory.table, child);
        return child;
    }

    /** Puts a child of a name that is free where another one was in the order. */
    final synchronized void attach(TreeDentry child, int place) {
        DirectoryState directory = state();
        directory.order.put(place, child);
        child.cookie = place;
        enter(directory.table, child);
    }

    /** The cookie that the next new entry of this directory will get; the caller holds the monitor. */
    public final synchronized int nextCookie() {
        DirectoryState directory = state;
        return directory == null ? EntryOrder.FIRST : directory.order.next();
    }

    /** Has new entries of a directory, which has none yet, get cookies from one on: entries that come later may have those before. */
    public final synchronized void beginCookies(int first) {
        state().order.begin(first);
    }

    private DirectoryState state() {
        DirectoryState directory = state;
        if (directory == null) {
            directory = new DirectoryState();
            state = directory;
        }
        return directory;
    }

    private void enter(ChildTable table, TreeDentry child) {
        table.insert(child);
        show(table);
    }

    private void show(ChildTable table) {
        @Nullable TreeDentry[] present = table.slots();
        if (slots != present) {
            slots = present;
            mask = Math.max(present.length - 1, 0);
        }
    }

    /** Takes a child out of the table; false if it is not there. */
    final boolean detach(TreeDentry child) {
        return detach(child, 0);
    }

    /** Takes a child out of the table whose name stays; false if it is not there. */
    final boolean forget(TreeDentry child) {
        return detach(child, FORGOTTEN);
    }

    private synchronized boolean detach(TreeDentry child, int left) {
        DirectoryState directory = state;
        if (directory == null || !directory.table.remove(child)) {
            return false;
        }
        show(directory.table);
        directory.order.remove(child.cookie);
        child.cookie = left;
        return true;
    }

    /** How many children are in the table. */
    public final synchronized int childCount() {
        DirectoryState directory = state;
        return directory == null ? 0 : directory.table.size();
    }

    /** The same as a guess, without the monitor: whether there are any. */
    final boolean mayHaveChildren() {
        DirectoryState directory = state;
        return directory != null && directory.table.size() != 0;
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
        return cookie > 0;
    }

    /**
     * Whether its directory has this name, be it in its table or forgotten: not so of a root, nor of what was removed. Exact for who
     * keeps the name from being moved or removed.
     */
    public final boolean hasName() {
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
        if (slots != ChildTable.NONE) {
            table().forEach(visitor);
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
