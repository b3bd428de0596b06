package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.OpenFlags;

/**
 * How openat2(2) opens a file: {@code struct open_how} of {@code linux/openat2.h}. What it does not know it refuses.
 *
 * @param flags bits of {@link OpenFlags}
 * @param mode permissions of a file that is created, before the umask; 0 if none is
 * @param resolve RESOLVE bits of {@link OpenFlags}
 */
public record OpenHow(long flags, long mode, long resolve) {
    private static final int O_ASYNC = 0x2000;
    private static final long ALL_PERMISSIONS = 07777;

    private static final long KNOWN_FLAGS = OpenFlags.O_ACCMODE
            | OpenFlags.O_CREAT
            | OpenFlags.O_EXCL
            | OpenFlags.O_NOCTTY
            | OpenFlags.O_TRUNC
            | OpenFlags.O_APPEND
            | OpenFlags.O_NONBLOCK
            | OpenFlags.O_SYNC
            | O_ASYNC
            | OpenFlags.O_DIRECT
            | OpenFlags.O_LARGEFILE
            | OpenFlags.O_DIRECTORY
            | OpenFlags.O_NOFOLLOW
            | OpenFlags.O_NOATIME
            | OpenFlags.O_CLOEXEC
            | OpenFlags.O_PATH
            | OpenFlags.O_TMPFILE;

    private static final long PATH_FLAGS =
            OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;

    private static final long KNOWN_RESOLVE = OpenFlags.RESOLVE_NO_XDEV
            | OpenFlags.RESOLVE_NO_MAGICLINKS
            | OpenFlags.RESOLVE_NO_SYMLINKS
            | OpenFlags.RESOLVE_BENEATH
            | OpenFlags.RESOLVE_IN_ROOT
            | OpenFlags.RESOLVE_CACHED;

    private static final long SCOPES = OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_IN_ROOT;

    private static final int TMPFILE_BIT = OpenFlags.O_TMPFILE & ~OpenFlags.O_DIRECTORY;

    /** 0, or what the kernel's {@code build_open_flags} refuses: EINVAL, or EAGAIN for what can never be cached. */
    int validate() {
        boolean unknown = (flags & ~KNOWN_FLAGS) != 0 || (resolve & ~KNOWN_RESOLVE) != 0;
        if (unknown || (resolve & SCOPES) == SCOPES) {
            return -Errno.EINVAL.number();
        }
        boolean creates = (flags & (OpenFlags.O_CREAT | TMPFILE_BIT)) != 0;
        if ((mode & ~(creates ? ALL_PERMISSIONS : 0)) != 0) {
            return -Errno.EINVAL.number();
        }
        int refused = OpenRules.validate((int) (flags & ~OpenFlags.O_PATH));
        if (refused != 0) {
            return refused;
        }
        if ((flags & OpenFlags.O_PATH) != 0 && (flags & ~PATH_FLAGS) != 0) {
            return -Errno.EINVAL.number();
        }
        boolean changes = creates || (flags & OpenFlags.O_TRUNC) != 0;
        return changes && (resolve & OpenFlags.RESOLVE_CACHED) != 0 ? -Errno.EAGAIN.number() : 0;
    }
}
