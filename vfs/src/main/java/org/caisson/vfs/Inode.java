package org.caisson.vfs;

import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/**
 * What a file is apart from its names: its type, owner, permissions and data.
 *
 * <p>Mode and owner are volatile so that walks read them without a lock; they are written under the file system's rules.
 */
public abstract class Inode {
    private static final int ALL_PERMISSIONS = 07777;

    private static final int OPEN = StatMode.S_IFDIR | 0111;
    private static final int OPEN_MASK = StatMode.S_IFMT | 0111;

    private final long number;
    private volatile int mode;
    private volatile int uid;
    private volatile int gid;
    private volatile @Nullable TreeDentry directory;

    /**
     * A new file.
     *
     * @param number its inode number
     * @param mode type and permissions
     */
    protected Inode(long number, int mode, int uid, int gid) {
        this.number = number;
        this.mode = mode;
        this.uid = uid;
        this.gid = gid;
    }

    public final long number() {
        return number;
    }

    /** Type and permissions, see {@link StatMode}. */
    public final int mode() {
        return mode;
    }

    public final int uid() {
        return uid;
    }

    public final int gid() {
        return gid;
    }

    public final boolean isDirectory() {
        return StatMode.isDirectory(mode);
    }

    public final boolean isSymlink() {
        return StatMode.isLink(mode);
    }

    /** What a dentry of this file is to remember of it, of the bits of {@link Dentry}. */
    final int traits() {
        return (isSymlink() ? Dentry.SYMLINK : 0) | (isOpen(mode) ? 0 : Dentry.NOT_OPEN);
    }

    /** Tells a directory its only dentry, which remembers whether everybody may search it. */
    final void named(TreeDentry dentry) {
        if (isDirectory()) {
            directory = dentry;
        }
    }

    private boolean isOpen(int type) {
        return (type & OPEN_MASK) == OPEN;
    }

    /** Changes permissions and owner; the type stays. */
    protected final void attributes(int permissions, int newUid, int newGid) {
        int newMode = (mode & StatMode.S_IFMT) | (permissions & ALL_PERMISSIONS);
        TreeDentry known = directory;
        boolean open = isOpen(newMode);
        if (known != null && !open) {
            known.setOpen(false);
        }
        uid = newUid;
        gid = newGid;
        mode = newMode;
        if (known != null && open) {
            known.setOpen(true);
        }
    }

    /** Fills what stat(2) tells, all but the device and the mount. */
    protected abstract void stat(Stat out);
}
