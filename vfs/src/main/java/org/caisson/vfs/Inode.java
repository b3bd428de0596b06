package org.caisson.vfs;

import java.util.function.Consumer;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/**
 * What a file is apart from its names: its type, owner, permissions and data.
 *
 * <p>Mode and owner are volatile so that walks read them without a lock; they are written under the file system's rules.
 */
public abstract class Inode {
    static final int ALL_PERMISSIONS = 07777;

    private static final int OPEN = StatMode.S_IFDIR | 0111;
    private static final int OPEN_MASK = StatMode.S_IFMT | 0111;

    private final long number;
    private volatile int mode;
    private volatile int uid;
    private volatile int gid;

    /** The dentry of this file, or {@link FileNames} once there was a second one. Under the monitor. */
    private @Nullable Object dentries;

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

    public final boolean isRegular() {
        return StatMode.isRegular(mode);
    }

    public final boolean isSymlink() {
        return StatMode.isLink(mode);
    }

    /** Whether this is a directory that everybody may search, so that walks need not look at it. */
    private static boolean isOpen(int mode) {
        return (mode & OPEN_MASK) == OPEN;
    }

    /** Changes permissions and owner; the type stays. */
    protected final void attributes(int permissions, int newUid, int newGid) {
        synchronized (this) {
            int newMode = (mode & StatMode.S_IFMT) | (permissions & ALL_PERMISSIONS);
            boolean changes = isOpen(newMode) != isOpen(mode);
            if (changes && isOpen(mode)) {
                forEachName(dentry -> dentry.setOpen(false));
            }
            uid = newUid;
            gid = newGid;
            mode = newMode;
            if (changes && isOpen(newMode)) {
                forEachName(dentry -> dentry.setOpen(true));
            }
        }
    }

    /**
     * Counts one more user of the file besides its names: an open description, whatever it is open for. Data stays for as long as there are
     * names or users.
     *
     * @return false if the last name and user are gone, so that there is nothing left to use
     */
    protected boolean acquire() {
        return true;
    }

    /** Undoes one {@link #acquire}. */
    protected void release() {}

    /** How many users there are. Under the monitor. */
    protected int users() {
        return 0;
    }

    /** Whether the file has no name any more, or never had one. Under the monitor. */
    protected boolean isNameless() {
        return false;
    }

    /** Returns when every change of data that began before has taken effect. */
    protected void settle() {}

    /**
     * The same as {@link #acquire()}, by one of the names of the file.
     *
     * @return false if the last name and user are gone
     */
    public final synchronized boolean acquire(TreeDentry by) {
        if (!acquire()) {
            return false;
        }
        if (dentries instanceof FileNames names) {
            names.count(by, 1);
        }
        return true;
    }

    /** Undoes one {@link #acquire(TreeDentry)}. */
    public final void release(TreeDentry by) {
        boolean buried;
        synchronized (this) {
            if (dentries instanceof FileNames names) {
                names.count(by, -1);
                buried = names.bury(by, users() - 1);
            } else {
                buried = false;
            }
            release();
        }
        TreeDentry parent = by.parent();
        if (buried && parent != null) {
            parent.inode().release(parent);
        }
    }

    /** Notes a dentry of this file that is in a directory now. From now on it remembers whether everybody may search this one. */
    final synchronized void addDentry(TreeDentry dentry) {
        Object known = dentries;
        if (known instanceof FileNames names) {
            names.add(dentry);
        } else if (known == null) {
            dentries = dentry;
        } else if (known != dentry) {
            FileNames names = new FileNames((TreeDentry) known);
            names.add(dentry);
            dentries = names;
        }
        if (isOpen(mode)) {
            dentry.setOpen(true);
        }
    }

    /**
     * Notes that a dentry of this file is in no directory any more, or never was. If somebody uses it, its parent has one user more for as
     * long, as a dentry of the kernel keeps its parent.
     */
    final void removeDentry(TreeDentry dentry) {
        boolean orphan;
        synchronized (this) {
            if (isOpen(mode)) {
                dentry.setOpen(false);
            }
            if (dentries instanceof TreeDentry only && users() != 0) {
                dentries = new FileNames(only);
            }
            orphan = dentries instanceof FileNames names && names.remove(dentry, users());
        }
        TreeDentry parent = dentry.parent();
        if (orphan && parent != null) {
            parent.inode().acquire(parent);
        }
    }

    /** Visits the dentries of this file that are in directories. */
    final synchronized void forEachName(Consumer<Dentry> visitor) {
        Consumer<TreeDentry> attached = dentry -> {
            if (dentry.isAttached()) {
                visitor.accept(dentry);
            }
        };
        if (dentries instanceof FileNames names) {
            names.forEach(attached);
        } else if (dentries instanceof TreeDentry only) {
            attached.accept(only);
        }
    }

    /** Any dentry of this file, one that is in a directory if there is one; null if it has none that is. */
    final synchronized @Nullable TreeDentry anyDentry() {
        if (dentries instanceof TreeDentry only) {
            return only;
        }
        @Nullable TreeDentry[] found = new TreeDentry[1];
        forEachName(dentry -> found[0] = (TreeDentry) dentry);
        return found[0];
    }

    /** Whether the file has no name, and nobody uses it who came by this dentry. */
    final synchronized boolean isGone(TreeDentry by) {
        if (!isNameless()) {
            return false;
        }
        int users = dentries instanceof FileNames names ? names.usersOf(by, users()) : users();
        return users == 0;
    }

    /** Fills what stat(2) tells, all but the device and the mount. */
    protected abstract void stat(Stat out);
}
