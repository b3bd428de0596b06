package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/**
 * What a change of attributes comes to, by the rules that all file systems share: who may change what, and which set-id bits go
 * (the kernel's {@code notify_change}, {@code setattr_prepare} and {@code setattr_copy}). A mutable struct; a file system asks
 * {@link #prepare}, and then takes over the fields that {@link #mask} names.
 */
public final class AttributeChange {
    private static final int SET_GROUP_ID_EXECUTABLE = StatMode.S_ISGID | 010;

    /** Which fields are to change, bits of {@link SetStat}: MODE, UID, GID, SIZE, ACCESS_TIME, MODIFY_TIME. */
    public int mask;
    /** Type and permissions. */
    public int mode;

    public int uid;
    public int gid;
    public long size;
    public boolean accessNow;
    public long accessSeconds;
    public int accessNanos;
    public boolean modifyNow;
    public long modifySeconds;
    public int modifyNanos;
    /** Whether the change time becomes now, even if nothing else changes. */
    public boolean changesTime;
    /** Whether file capabilities are to be dropped. */
    public boolean dropsCapabilities;

    public AttributeChange() {}

    public boolean has(int bits) {
        return (mask & bits) != 0;
    }

    /**
     * Checks a change of attributes, apart from permission to write where a size changes, and says what it comes to.
     *
     * @return 0, or a negated EPERM, EACCES, EOPNOTSUPP or EINVAL
     */
    public int prepare(Credentials credentials, Inode inode, SetStat wanted) {
        mask = 0;
        changesTime = false;
        dropsCapabilities = false;
        mode = inode.mode();
        uid = inode.uid();
        gid = inode.gid();
        int outcome = checkOwnership(credentials, inode, wanted);
        if (outcome != 0) {
            return outcome;
        }
        takeOwner(credentials, inode, wanted);
        if (wanted.has(SetStat.MODE)) {
            mask |= SetStat.MODE;
            mode = (mode & StatMode.S_IFMT) | (wanted.mode & Inode.ALL_PERMISSIONS);
            changesTime = true;
        }
        if (wanted.has(SetStat.SIZE)) {
            mask |= SetStat.SIZE;
            size = wanted.size;
            dropPrivileges(credentials, inode);
        }
        if (has(SetStat.MODE) && (mode & StatMode.S_ISGID) != 0 && !inGroupOrCapable(credentials, gid)) {
            mode &= ~StatMode.S_ISGID;
        }
        takeTimes(wanted);
        return 0;
    }

    private static int checkOwnership(Credentials credentials, Inode inode, SetStat wanted) {
        boolean owner = Permissions.owns(credentials, inode.uid());
        int times = SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;
        int now = times | SetStat.ACCESS_NOW | SetStat.MODIFY_NOW;
        int written = SetStat.SIZE | SetStat.MODIFY_TIME | SetStat.MODIFY_NOW;
        boolean bySize = (wanted.mask & (written | SetStat.ACCESS_TIME)) == written;
        if (inode.isGuarded() && !bySize && refusesByFlags(inode, wanted)) {
            return fail(Errno.EPERM);
        }
        boolean others = wanted.has(times) && !owner && !bySize;
        boolean touches = (wanted.mask & now) == now;
        if (others && touches && Permissions.check(credentials, inode, Permissions.WRITE) != 0) {
            return fail(Errno.EACCES);
        }
        if (!staysMapped(credentials, inode, wanted)) {
            return fail(Errno.EOVERFLOW);
        }
        if (others && !touches) {
            return fail(Errno.EPERM);
        }
        if (wanted.has(SetStat.MODE) && inode.isSymlink()) {
            return fail(Errno.EOPNOTSUPP);
        }
        if (wanted.has(SetStat.UID) && !mayGiveTo(credentials, inode, storedUid(credentials, wanted))) {
            return fail(Errno.EPERM);
        }
        if (wanted.has(SetStat.GID) && !mayChangeGroup(credentials, inode, storedGid(credentials, wanted))) {
            return fail(Errno.EPERM);
        }
        boolean changesMode = wanted.has(SetStat.MODE)
                || (wanted.has(SetStat.OWNER | SetStat.UID | SetStat.GID) && losesSetIds(credentials, inode) != 0);
        return changesMode && !owner ? fail(Errno.EPERM) : 0;
    }

    /** What an immutable file and one that is only appended to refuse: the kernel's {@code may_setattr}. */
    private static boolean refusesByFlags(Inode inode, SetStat wanted) {
        int times = SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;
        int now = times | SetStat.ACCESS_NOW | SetStat.MODIFY_NOW;
        boolean touches = (wanted.mask & now) == now;
        return wanted.has(SetStat.MODE | SetStat.UID | SetStat.GID)
                || (wanted.has(times) && (!touches || inode.isImmutable()));
    }

    /** Whether the file has an owner and a group then that are mapped. */
    private static boolean staysMapped(Credentials credentials, Inode inode, SetStat wanted) {
        boolean owned = wanted.has(SetStat.UID)
                ? credentials.mapping() == null || storedUid(credentials, wanted) != IdMapping.NONE
                : credentials.seesUser(inode.uid());
        boolean grouped = wanted.has(SetStat.GID)
                ? credentials.mapping() == null || storedGid(credentials, wanted) != IdMapping.NONE
                : credentials.seesGroup(inode.gid());
        return owned && grouped;
    }

    private static int storedUid(Credentials credentials, SetStat wanted) {
        IdMapping mapping = credentials.mapping();
        return mapping == null ? wanted.uid : mapping.storedUser(wanted.uid);
    }

    private static int storedGid(Credentials credentials, SetStat wanted) {
        IdMapping mapping = credentials.mapping();
        return mapping == null ? wanted.gid : mapping.storedGroup(wanted.gid);
    }

    /** Who has CAP_CHOWN may also give away what is nobody's: the file system belongs to the same user namespace. */
    private static boolean mayGiveTo(Credentials credentials, Inode inode, int newUid) {
        boolean stays = credentials.uid() == inode.uid() && newUid == inode.uid();
        boolean known = credentials.sees(inode) || !credentials.seesUser(inode.uid());
        return stays || (credentials.has(Capability.CHOWN) && known);
    }

    private static boolean mayChangeGroup(Credentials credentials, Inode inode, int newGid) {
        boolean own = credentials.uid() == inode.uid() && (newGid == inode.gid() || credentials.inGroup(newGid));
        boolean known = credentials.sees(inode) || !credentials.seesGroup(inode.gid());
        return own || (credentials.has(Capability.CHOWN) && known);
    }

    private static boolean inGroupOrCapable(Credentials credentials, int group) {
        return credentials.inGroup(group) || credentials.has(Capability.FSETID);
    }

    /** The set-id bits that chown(2) clears: it does so whoever calls, but not on directories. */
    private static int losesSetIds(Credentials credentials, Inode inode) {
        return inode.isDirectory() ? 0 : setIds(credentials, inode.mode(), inode.gid());
    }

    /** The set-id bits that would give rights away: S_ISGID without execution by the group means something else to those in it. */
    private static int setIds(Credentials credentials, int mode, int group) {
        int bits = mode & StatMode.S_ISUID;
        if ((mode & StatMode.S_ISGID) != 0
                && ((mode & SET_GROUP_ID_EXECUTABLE) == SET_GROUP_ID_EXECUTABLE
                        || !inGroupOrCapable(credentials, group))) {
            bits |= StatMode.S_ISGID;
        }
        return bits;
    }

    private void takeOwner(Credentials credentials, Inode inode, SetStat wanted) {
        if (!wanted.has(SetStat.OWNER | SetStat.UID | SetStat.GID)) {
            return;
        }
        changesTime = true;
        int lost = losesSetIds(credentials, inode);
        if (lost != 0) {
            mask |= SetStat.MODE;
            mode &= ~lost;
        }
        dropsCapabilities = !inode.isDirectory();
        if (wanted.has(SetStat.UID)) {
            mask |= SetStat.UID;
            uid = storedUid(credentials, wanted);
        }
        if (wanted.has(SetStat.GID)) {
            mask |= SetStat.GID;
            gid = storedGid(credentials, wanted);
        }
    }

    /**
     * Says what writing to a file clears: set-id bits unless the writer has CAP_FSETID, and file capabilities (the kernel's
     * {@code file_remove_privs}).
     *
     * @return whether the mode changes
     */
    public boolean prepareWrite(Credentials credentials, Inode inode) {
        mask = 0;
        mode = inode.mode();
        uid = inode.uid();
        gid = inode.gid();
        changesTime = false;
        dropPrivileges(credentials, inode);
        return has(SetStat.MODE);
    }

    /** Whether a write may clear something: the fast reject before {@link #prepareWrite}. */
    public static boolean hasSetIds(Inode inode) {
        return (inode.mode() & (StatMode.S_ISUID | StatMode.S_ISGID)) != 0;
    }

    private void dropPrivileges(Credentials credentials, Inode inode) {
        dropsCapabilities = true;
        int lost = setIds(credentials, mode, inode.gid());
        if (lost != 0 && inode.isRegular() && !credentials.has(Capability.FSETID)) {
            mask |= SetStat.MODE;
            mode &= ~lost;
        }
    }

    private void takeTimes(SetStat wanted) {
        if (wanted.has(SetStat.ACCESS_TIME)) {
            mask |= SetStat.ACCESS_TIME;
            accessNow = wanted.has(SetStat.ACCESS_NOW);
            accessSeconds = wanted.accessSeconds;
            accessNanos = wanted.accessNanos;
            changesTime = true;
        }
        if (wanted.has(SetStat.MODIFY_TIME)) {
            mask |= SetStat.MODIFY_TIME;
            modifyNow = wanted.has(SetStat.MODIFY_NOW);
            modifySeconds = wanted.modifySeconds;
            modifyNanos = wanted.modifyNanos;
            changesTime = true;
        }
    }

    /**
     * The mode of a new node: S_ISGID goes if the caller is not in the directory's group, which the node will have (the kernel's {@code
     * mode_strip_sgid}), and comes to a directory below a set-gid one; the umask takes away permissions unless the directory has
     * a default access control list, which does so instead.
     */
    public static int newMode(Credentials credentials, Inode directory, int wanted) {
        int mode = setGroupId(credentials, directory, wanted);
        if (StatMode.isLink(mode)) {
            return mode;
        }
        Acl inherited = directory.defaultAcl();
        if (inherited == null) {
            return mode & ~credentials.umask();
        }
        return inherited.inherited(mode).mode(mode);
    }

    private static int setGroupId(Credentials credentials, Inode directory, int mode) {
        if ((directory.mode() & StatMode.S_ISGID) == 0) {
            return mode;
        }
        if (StatMode.isDirectory(mode)) {
            return mode | StatMode.S_ISGID;
        }
        boolean strip = (mode & SET_GROUP_ID_EXECUTABLE) == SET_GROUP_ID_EXECUTABLE
                && !inGroupOrCapable(credentials, directory.gid());
        return strip ? mode & ~StatMode.S_ISGID : mode;
    }

    /** The access control list of a new node of this mode, which {@link #newMode} gave; null if the mode says it all. */
    public static @Nullable Acl newAcl(Inode directory, int mode) {
        Acl inherited = directory.defaultAcl();
        if (inherited == null || StatMode.isLink(mode)) {
            return null;
        }
        Acl acl = inherited.inherited(mode);
        return acl.isMode() ? null : acl;
    }

    /** The mode that a valid access control list gives a file: set-group-id stays for those in the group only. */
    public static int modeOf(Credentials credentials, Inode inode, @Nullable Acl acl) {
        int mode = acl == null ? inode.mode() : acl.mode(inode.mode());
        return inGroupOrCapable(credentials, inode.gid()) ? mode : mode & ~StatMode.S_ISGID;
    }

    /** The group of a new node. */
    public static int newGroup(Credentials credentials, Inode directory) {
        return (directory.mode() & StatMode.S_ISGID) != 0 ? directory.gid() : credentials.gid();
    }

    private static int fail(Errno errno) {
        return -errno.number();
    }
}
