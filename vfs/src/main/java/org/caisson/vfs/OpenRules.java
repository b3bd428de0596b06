package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;

/** What the flags of open(2) mean together, apart from any file. */
final class OpenRules {
    private static final int TMPFILE_BIT = OpenFlags.O_TMPFILE & ~OpenFlags.O_DIRECTORY;

    private OpenRules() {}

    // OPEN_FMODE of linux/fs.h: the mode 3 asks for both permissions and opens for neither.

    /** Whether a description opened so may be read. */
    static boolean reads(int flags) {
        return (flags & OpenFlags.O_PATH) == 0 && (flags + 1 & 1) != 0;
    }

    /** Whether a description opened so may be written. */
    static boolean writes(int flags) {
        return (flags & OpenFlags.O_PATH) == 0 && (flags + 1 & 2) != 0;
    }

    /** 0, or a negated errno for combinations that the kernel's {@code build_open_flags} rejects. */
    static int validate(int flags) {
        if ((flags & OpenFlags.O_PATH) != 0) {
            return 0;
        }
        if ((flags & TMPFILE_BIT) != 0
                && ((flags & OpenFlags.O_TMPFILE) != OpenFlags.O_TMPFILE
                        || (flags & OpenFlags.O_ACCMODE) == OpenFlags.O_RDONLY)) {
            return -Errno.EINVAL.number();
        }
        if ((flags & OpenFlags.O_CREAT) != 0 && (flags & OpenFlags.O_DIRECTORY) != 0) {
            return -Errno.EINVAL.number();
        }
        return 0;
    }

    static boolean followsFinal(int flags) {
        if ((flags & OpenFlags.O_NOFOLLOW) != 0) {
            return false;
        }
        boolean creates = (flags & OpenFlags.O_PATH) == 0 && (flags & OpenFlags.O_CREAT) != 0;
        return !creates || (flags & OpenFlags.O_EXCL) == 0;
    }

    static boolean makesTemporary(int flags) {
        return (flags & TMPFILE_BIT) != 0;
    }

    /** The checks of the kernel's {@code may_open} and {@code do_dentry_open} on an existing file. */
    static int refuse(ResolvingPath path, Inode inode, int flags) {
        int wanted = wanted(flags);
        switch (inode.mode() & StatMode.S_IFMT) {
            case StatMode.S_IFLNK -> {
                return -Errno.ELOOP.number();
            }
            case StatMode.S_IFDIR -> {
                if ((wanted & Permissions.WRITE) != 0) {
                    return -Errno.EISDIR.number();
                }
            }
            case StatMode.S_IFCHR, StatMode.S_IFBLK -> {
                if (path.mount().isNoDevices()) {
                    return -Errno.EACCES.number();
                }
            }
            case StatMode.S_IFREG -> {
                // Before permissions: what do_open and sb_permission say.
                boolean readOnly = (flags & OpenFlags.O_TRUNC) != 0
                        ? path.mount().isReadOnly()
                        : path.mount().fileSystem().superBlock().isReadOnly();
                if (readOnly && (wanted & Permissions.WRITE) != 0) {
                    return -Errno.EROFS.number();
                }
            }
            default -> {}
        }
        int refused = Permissions.check(path.credentials(), inode, wanted);
        if (refused != 0) {
            return refused;
        }
        if (inode.isAppendOnly() && overwrites(flags)) {
            return -Errno.EPERM.number();
        }
        if ((flags & OpenFlags.O_NOATIME) != 0 && !Permissions.owns(path.credentials(), inode.uid())) {
            return -Errno.EPERM.number();
        }
        boolean changes = writes(flags) || (flags & OpenFlags.O_TRUNC) != 0;
        if (changes && path.mount().isReadOnly() && !Inodes.isSpecial(inode)) {
            return -Errno.EROFS.number();
        }
        return (inode.mode() & StatMode.S_IFMT) == StatMode.S_IFSOCK ? -Errno.ENXIO.number() : 0;
    }

    /** Whether what is written would not only be appended. */
    private static boolean overwrites(int flags) {
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        return (writes && (flags & OpenFlags.O_APPEND) == 0) || (flags & OpenFlags.O_TRUNC) != 0;
    }

    /** The permissions that opening an existing file needs. */
    static int wanted(int flags) {
        int wanted = switch (flags & OpenFlags.O_ACCMODE) {
            case OpenFlags.O_RDONLY -> Permissions.READ;
            case OpenFlags.O_WRONLY -> Permissions.WRITE;
            default -> Permissions.READ | Permissions.WRITE;
        };
        return (flags & OpenFlags.O_TRUNC) != 0 ? wanted | Permissions.WRITE : wanted;
    }
}
