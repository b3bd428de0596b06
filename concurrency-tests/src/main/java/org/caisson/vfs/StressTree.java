package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/** A tree whose entries can be moved about. */
final class StressTree extends TreeFileSystem {
    private final TreeDentry root = new Entry(null, Name.EMPTY, new Node(StatMode.S_IFDIR | 0755));

    @Override
    public String type() {
        return "stress";
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    /** A dentry that is in no directory yet. */
    static TreeDentry entry(TreeDentry parent, Name name, int mode) {
        return new Entry(parent, name, new Node(mode));
    }

    TreeDentry add(TreeDentry parent, String name, int mode) {
        return attach(parent, entry(parent, Name.of(name), mode));
    }

    TreeDentry directory(TreeDentry parent, String name) {
        return add(parent, name, StatMode.S_IFDIR | 0755);
    }

    TreeDentry file(TreeDentry parent, String name) {
        return add(parent, name, StatMode.S_IFREG | 0644);
    }

    void enter(TreeDentry parent, TreeDentry child) {
        attach(parent, child);
    }

    void leave(TreeDentry parent, TreeDentry child) {
        detach(parent, child);
    }

    void moveTo(TreeDentry child, TreeDentry parent, Name name) {
        move(child, parent, name);
    }

    void put(TreeDentry child, TreeDentry over) {
        replace(child, over);
    }

    void swap(TreeDentry one, TreeDentry other) {
        exchange(one, other);
    }

    static void chmod(TreeDentry dentry, int permissions) {
        ((Node) dentry.inode()).chmod(permissions);
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
        throw new UnsupportedOperationException("statfs");
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        throw Errno.EACCES.exception();
    }

    private static final class Entry extends TreeDentry {
        Entry(@Nullable TreeDentry parent, Name name, Inode inode) {
            super(parent, name, inode);
        }
    }

    private static final class Node extends Inode {
        Node(int mode) {
            super(1, mode, 0, 0);
        }

        void chmod(int permissions) {
            permissions(permissions, false);
        }

        @Override
        protected void stat(Stat out) {
            out.mode = mode();
        }
    }
}
