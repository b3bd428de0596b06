package org.caisson.vfs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/** A tree whose entries can be moved about. */
final class MovableTree extends TreeFileSystem {
    private static final int EXCHANGE = 2;

    private final TreeDentry root = new Entry(null, Name.EMPTY, new Plain(StatMode.S_IFDIR | 0755, 0));

    @Override
    public String type() {
        return "movable";
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    /** A directory of root's. */
    TreeDentry add(TreeDentry parent, String name) {
        return add(parent, name, StatMode.S_IFDIR | 0755, 0);
    }

    TreeDentry add(TreeDentry parent, String name, int mode, int uid) {
        return addName(parent, name, new Plain(mode, uid));
    }

    TreeDentry addName(TreeDentry parent, String name, Inode inode) {
        return attach(parent, new Entry(parent, Name.of(name), inode));
    }

    /** A dentry that is in no directory yet. */
    TreeDentry entry(TreeDentry parent, Name name, int mode) {
        return new Entry(parent, name, new Plain(mode, 0));
    }

    void moveTo(TreeDentry child, TreeDentry parent, Name name) {
        assertThat(move(child, parent, name)).isTrue();
    }

    boolean tryMove(TreeDentry child, TreeDentry parent, Name name) {
        return move(child, parent, name);
    }

    boolean put(TreeDentry child, TreeDentry over) {
        return replace(child, over);
    }

    void swap(TreeDentry one, TreeDentry other) {
        assertThat(exchange(one, other)).isTrue();
    }

    void remove(TreeDentry child) {
        assertThat(detach(requireNonNull(child.parent()), child)).isTrue();
    }

    @Override
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) {
        addName(directory, path.component().toString(), existing.inode());
        return DONE;
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags) {
        boolean moved;
        if (target == null) {
            moved = move(source, (TreeDentry) path.found(), path.component());
        } else {
            moved = (flags & EXCHANGE) != 0 ? exchange(source, target) : replace(source, target);
        }
        return moved ? DONE : -Errno.ENOENT.number();
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

    private static final class Plain extends Inode {
        Plain(int mode, int uid) {
            super(1, mode, uid, 0);
        }

        @Override
        protected void stat(Stat out) {
            out.mode = mode();
        }
    }
}
