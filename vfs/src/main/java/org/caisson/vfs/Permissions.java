package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.StatMode;

/** The permission check that all file systems with owner, group and mode share; see path_resolution(7). */
public final class Permissions {
    /** To execute a file or search a directory (X_OK). */
    public static final int EXECUTE = 1;
    /** To write (W_OK). */
    public static final int WRITE = 2;
    /** To read (R_OK). */
    public static final int READ = 4;

    private Permissions() {}

    /**
     * Whether a file may be used as wanted, also by its flags (the kernel's {@code inode_permission}).
     *
     * @return 0, EPERM negated for what is immutable, EACCES negated, also for writing to a file whose owner is not mapped
     */
    public static int check(Credentials credentials, Inode inode, int wanted) {
        if ((wanted & WRITE) != 0 && inode.isImmutable()) {
            return -Errno.EPERM.number();
        }
        boolean nobodys = (wanted & WRITE) != 0 && !credentials.sees(inode);
        return !nobodys && allow(credentials, inode, wanted) ? 0 : -Errno.EACCES.number();
    }

    /** Whether mode, owner and list let a file be used as wanted, a mask of the three bits. */
    public static boolean allow(Credentials credentials, Inode inode, int wanted) {
        int mode = inode.modeWord();
        return (mode & Inode.HAS_ACL) == 0
                ? allow(credentials, mode, inode.uid(), inode.gid(), wanted)
                : allowByAcl(credentials, inode, mode, wanted);
    }

    /**
     * The owner's permissions are those of the mode; a mode that gives the group nothing is all there is to it. Where a capability decides,
     * the list is not asked for, which may cost a file system a call of the host.
     */
    private static boolean allowByAcl(Credentials credentials, Inode inode, int mode, int wanted) {
        if (credentials.uid() == inode.uid() || (mode & 070) == 0) {
            return allow(credentials, mode, inode.uid(), inode.gid(), wanted);
        }
        if (allowByCapability(credentials, mode, inode.uid(), inode.gid(), wanted)) {
            return true;
        }
        Acl acl = inode.accessAcl();
        return acl == null
                ? allow(credentials, mode, inode.uid(), inode.gid(), wanted)
                : acl.permits(credentials, inode.gid(), wanted);
    }

    /** Whether a file with this mode and owner may be used as wanted, a mask of the three bits. */
    public static boolean allow(Credentials credentials, int mode, int uid, int gid, int wanted) {
        int granted;
        if (credentials.uid() == uid) {
            granted = mode >> 6;
        } else if (!credentials.inGroup(gid)) {
            granted = mode;
        } else {
            granted = mode >> 3;
        }
        if ((wanted & ~granted) == 0) {
            return true;
        }
        return allowByCapability(credentials, mode, uid, gid, wanted);
    }

    private static boolean allowByCapability(Credentials credentials, int mode, int uid, int gid, int wanted) {
        if (!credentials.sees(uid, gid)) {
            return false;
        }
        if (StatMode.isDirectory(mode)) {
            return ((wanted & WRITE) == 0 && credentials.has(Capability.DAC_READ_SEARCH))
                    || credentials.has(Capability.DAC_OVERRIDE);
        }
        if (wanted == READ && credentials.has(Capability.DAC_READ_SEARCH)) {
            return true;
        }
        // Even the override executes only what somebody may execute.
        return ((wanted & EXECUTE) == 0 || (mode & 0111) != 0) && credentials.has(Capability.DAC_OVERRIDE);
    }

    /** Whether a sticky directory keeps the caller from removing an entry; see unlink(2), EPERM. */
    static boolean stickyForbids(Credentials credentials, Inode directory, Inode victim) {
        return (directory.mode() & StatMode.S_ISVTX) != 0
                && credentials.uid() != victim.uid()
                && credentials.uid() != directory.uid()
                && !credentials.has(Capability.FOWNER, victim);
    }

    /** Whether a file may get another name, with {@code protected_hardlinks} of proc_sys_fs(5) set. */
    static boolean mayLink(Credentials credentials, Inode inode) {
        int mode = inode.mode();
        int setGroupIdExecutable = StatMode.S_ISGID | 010;
        boolean plain = StatMode.isRegular(mode)
                && (mode & StatMode.S_ISUID) == 0
                && (mode & setGroupIdExecutable) != setGroupIdExecutable;
        return owns(credentials, inode.uid()) || (plain && allow(credentials, inode, READ | WRITE));
    }

    /** Whether the caller owns a file or may act as if it did (CAP_FOWNER). */
    public static boolean owns(Credentials credentials, int uid) {
        return credentials.uid() == uid || (credentials.has(Capability.FOWNER) && credentials.seesUser(uid));
    }
}
