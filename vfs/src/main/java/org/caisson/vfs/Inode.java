package org.caisson.vfs;

import java.util.function.Consumer;
import org.caisson.linux.FileFlags;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/**
 * What a file is apart from its names: its type, owner, permissions and data.
 *
 * <p>Mode and owner are volatile so that walks read them without a lock; they are written under the file system's rules.
 */
public abstract class Inode {
    /** What guards dentries where the monitor is taken for other ends: always taken last. */
    private static final Object[] GUARDS = new Object[64];

    static {
        for (int i = 0; i < GUARDS.length; i++) {
            GUARDS[i] = new Object();
        }
    }

    static final int ALL_PERMISSIONS = 07777;

    /** In the mode word: there is an {@link #accessAcl}, or there may be one, so that the mode alone does not tell who may do what. */
    static final int HAS_ACL = 1 << 16;

    /** In the mode word: where the flags of {@link FileFlags} begin. */
    private static final int FLAGS_SHIFT = 16;

    private static final int FLAGS =
            FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL | FileFlags.FS_NODUMP_FL | FileFlags.FS_NOATIME_FL;
    private static final int MODE = 0xFFFF;
    private static final int OPEN = StatMode.S_IFDIR | 0111;
    private static final int OPEN_MASK = StatMode.S_IFMT | 0111 | HAS_ACL;

    private final long number;
    private volatile int mode;
    private volatile int uid;
    private volatile int gid;

    /** The dentry of this file, or {@link FileNames} once there was a second one. Under {@link #guard}. */
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
        return mode & MODE;
    }

    /** The mode, with {@link #HAS_ACL}. */
    final int modeWord() {
        return mode;
    }

    /** What chattr(1) sets, as {@link FileFlags} has it: FS_IMMUTABLE_FL, FS_APPEND_FL, FS_NODUMP_FL and FS_NOATIME_FL. */
    public final int fileFlags() {
        return (mode >> FLAGS_SHIFT) & FLAGS;
    }

    /** Whether nothing of the file may be changed. */
    final boolean isImmutable() {
        return (fileFlags() & FileFlags.FS_IMMUTABLE_FL) != 0;
    }

    /** Whether the file may only be appended to. */
    final boolean isAppendOnly() {
        return (fileFlags() & FileFlags.FS_APPEND_FL) != 0;
    }

    /** Whether one of the two holds, so that most changes are refused. */
    final boolean isGuarded() {
        return (fileFlags() & (FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL)) != 0;
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
    private static boolean isOpen(int word) {
        return (word & OPEN_MASK) == OPEN;
    }

    /** Changes permissions and owner; the type stays. */
    protected final void attributes(int permissions, int newUid, int newGid) {
        uid = newUid;
        gid = newGid;
        change(permissions, mode & HAS_ACL);
    }

    /** Says whether {@link #accessAcl} has, or may have, something to say, together with a change of permissions. */
    protected final void permissions(int permissions, boolean acl) {
        change(permissions, acl ? HAS_ACL : 0);
    }

    /** Sets {@link #fileFlags()}; changed as permissions are, one change after the other. */
    protected final void fileFlags(int flags) {
        mode = (mode & (MODE | HAS_ACL)) | ((flags & FLAGS) << FLAGS_SHIFT);
    }

    private void change(int permissions, int acl) {
        int newMode = (mode & (StatMode.S_IFMT | (FLAGS << FLAGS_SHIFT))) | (permissions & ALL_PERMISSIONS) | acl;
        if (!isDirectory()) {
            mode = newMode;
            return;
        }
        synchronized (guard()) {
            if (!isOpen(newMode)) {
                forEachDentry(dentry -> dentry.setOpen(false));
            }
            mode = newMode;
            if (isOpen(newMode)) {
                forEachDentry(dentry -> {
                    if (dentry.isAttached() || dentry.parent() == null) {
                        dentry.setOpen(true);
                    }
                });
            }
        }
    }

    /** Who may do what, if the mode does not say it all. May take its time; called without the monitor of any file or directory. */
    protected @Nullable Acl accessAcl() {
        return null;
    }

    /** Of a directory, what new entries get as their {@link #accessAcl}. */
    protected @Nullable Acl defaultAcl() {
        return null;
    }

    /**
     * Counts one more user of the file besides its names: an open description, whatever it is open for. Data stays for as long as there are
     * names or users. No lock is taken but the monitor, and that only if {@link #countsUsers}.
     *
     * @return false if the last name and user are gone, so that there is nothing left to use
     */
    protected boolean acquire() {
        return true;
    }

    /** Undoes one {@link #acquire}. No lock is held. */
    public final void release() {
        drop(null);
    }

    /**
     * Counts one user less, and does no more than count unless {@link #countsUsers}.
     *
     * @return whether it was the last one and {@link #unused} is to follow
     */
    protected boolean dropUser() {
        return false;
    }

    /** Gives back what was kept for users, after the last one of them went. No lock is held, so there may be new ones by now. */
    protected void unused() {}

    /**
     * How many users there are. Under the monitor, if {@link #acquire()} counts them there; by default nobody counts, and so no file is
     * known to be gone.
     */
    protected int users() {
        return 0;
    }

    /** Whether the file has no name any more, or never had one. Under the monitor, or any lock that may be taken last. */
    protected boolean isNameless() {
        return false;
    }

    /**
     * Whether users are counted under this object's monitor, so that dentries are noted under it as well. Who holds the monitor must not
     * change names then.
     */
    protected boolean countsUsers() {
        return false;
    }

    /** Returns when every change of data that began before has taken effect. */
    protected void settle() {}

    private Object guard() {
        return countsUsers() ? this : GUARDS[System.identityHashCode(this) & (GUARDS.length - 1)];
    }

    /**
     * The same as {@link #acquire()}, by one of the names of the file.
     *
     * @return false if the last name and user are gone
     */
    public final boolean acquire(TreeDentry by) {
        synchronized (guard()) {
            if (!acquire()) {
                return false;
            }
            if (dentries instanceof FileNames names) {
                if (by.hasName()) {
                    // It may have been forgotten, and is noted again because it is in use.
                    names.add(by);
                }
                names.count(by, 1);
            }
            return true;
        }
    }

    /** Undoes one {@link #acquire(TreeDentry)}. */
    public final void release(TreeDentry by) {
        drop(by);
    }

    /** Counts one user less: of a dentry, or of none in particular. */
    private void drop(@Nullable TreeDentry by) {
        TreeDentry buried = null;
        boolean last;
        synchronized (guard()) {
            if (dentries instanceof FileNames names) {
                buried = names.release(by, users() - 1);
            }
            last = dropUser();
        }
        if (last) {
            unused();
        }
        TreeDentry parent = buried == null ? null : buried.parent();
        if (parent != null) {
            parent.inode().release(parent);
        }
    }

    /** Notes a dentry of this file, before it can be found. From now on it remembers whether everybody may search it. */
    final void addDentry(TreeDentry dentry) {
        synchronized (guard()) {
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
    }

    /**
     * Notes that a dentry of this file is in no directory any more, or never was. If somebody uses it, its parent has one user more for as
     * long, as a dentry of the kernel keeps its parent.
     */
    final void removeDentry(TreeDentry dentry) {
        if (remove(dentry, false)) {
            return;
        }
        // Whoever uses it may let go at any time, and gives back the parent then: it must have been taken before.
        TreeDentry parent = dentry.parent();
        if (parent == null || !parent.inode().acquire(parent)) {
            return;
        }
        if (remove(dentry, true)) {
            parent.inode().release(parent);
        }
    }

    /**
     * Notes that a dentry is in no directory.
     *
     * @param keepsParent whether somebody who uses it is to give back a user of the parent
     * @return false if somebody uses it: it is an orphan if it keeps its parent, else nothing was done
     */
    private boolean remove(TreeDentry dentry, boolean keepsParent) {
        synchronized (guard()) {
            if (isOpen(mode)) {
                dentry.setOpen(false);
            }
            if (dentries instanceof TreeDentry only && users() != 0) {
                dentries = new FileNames(only);
            }
            return !(dentries instanceof FileNames names) || names.remove(dentry, users(), keepsParent);
        }
    }

    /**
     * Notes that a dentry of this file is taken out of its directory's table though its name stays. Until {@link #addDentry} notes it
     * again, walks that stand on it look at the permissions.
     *
     * @return false, with nothing changed, if somebody uses it
     */
    final boolean forgetDentry(TreeDentry dentry) {
        synchronized (guard()) {
            boolean forgotten =
                    dentries instanceof FileNames names ? names.remove(dentry, users(), false) : users() == 0;
            if (forgotten) {
                dentry.setOpen(false);
            }
            return forgotten;
        }
    }

    /** Visits the dentries of this file that are in directories. The visitor takes no locks. */
    protected final void forEachName(Consumer<Dentry> visitor) {
        forEachDentry(dentry -> {
            if (dentry.isAttached()) {
                visitor.accept(dentry);
            }
        });
    }

    private void forEachDentry(Consumer<TreeDentry> visitor) {
        synchronized (guard()) {
            if (dentries instanceof FileNames names) {
                names.forEach(visitor);
            } else if (dentries instanceof TreeDentry only) {
                visitor.accept(only);
            }
        }
    }

    /** Any dentry of this file, one that is in a directory if there is one; null if it has none that is. */
    final @Nullable TreeDentry anyDentry() {
        synchronized (guard()) {
            if (dentries instanceof TreeDentry only) {
                return only;
            }
        }
        @Nullable TreeDentry[] found = new TreeDentry[1];
        forEachName(dentry -> found[0] = (TreeDentry) dentry);
        return found[0];
    }

    /** Whether the file has no name, and nobody uses it who came by this dentry. */
    final boolean isGone(TreeDentry by) {
        synchronized (guard()) {
            if (!isNameless()) {
                return false;
            }
            int users = dentries instanceof FileNames names ? names.usersOf(by, users()) : users();
            return users == 0;
        }
    }

    /** Fills what stat(2) tells, all but the mount; the device is that of the file system, unless the file is on another one. */
    protected abstract void stat(Stat out);
}
