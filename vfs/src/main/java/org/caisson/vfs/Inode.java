package org.caisson.vfs;

import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/**
 * What a file is apart from its names: its type, owner, permissions and data.
 *
 * <p>Mode and owner are volatile so that walks read them without a lock; they are written under the file system's rules.
 */
public abstract class Inode {
    static final int ALL_PERMISSIONS = 07777;

    /** In the mode word: there is an {@link #accessAcl}, so that the mode alone does not tell who may do what. */
    static final int HAS_ACL = 1 << 16;

    private static final int MODE = 0xFFFF;

    private final long number;
    private volatile int mode;
    private volatile int uid;
    private volatile int gid;

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

    /** Changes permissions and owner; the type stays. */
    protected final void attributes(int permissions, int newUid, int newGid) {
        uid = newUid;
        gid = newGid;
        mode = (mode & (StatMode.S_IFMT | HAS_ACL)) | (permissions & ALL_PERMISSIONS);
    }

    /** Says whether {@link #accessAcl} has something to say, together with a change of permissions. */
    protected final void permissions(int permissions, boolean acl) {
        mode = (mode & StatMode.S_IFMT) | (permissions & ALL_PERMISSIONS) | (acl ? HAS_ACL : 0);
    }

    /** Who may do what, if the mode does not say it all. */
    protected @Nullable Acl accessAcl() {
        return null;
    }

    /** Of a directory, what new entries get as their {@link #accessAcl}. */
    protected @Nullable Acl defaultAcl() {
        return null;
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

    /** Fills what stat(2) tells, all but the device and the mount. */
    protected abstract void stat(Stat out);
}
