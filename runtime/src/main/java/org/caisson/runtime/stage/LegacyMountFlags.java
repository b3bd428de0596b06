package org.caisson.runtime.stage;

import org.caisson.linux.MountFlags;

/** What the {@code MS_*} flags of mount(2) are in fsmount(2): attributes of the mount and options of the file system. */
final class LegacyMountFlags {
    private static final long MS_SYNCHRONOUS = 16;
    private static final long MS_DIRSYNC = 128;
    private static final long MS_NOSYMFOLLOW = 256;
    private static final long MS_NOATIME = 1024;
    private static final long MS_NODIRATIME = 2048;
    private static final long MS_STRICTATIME = 1 << 24;
    private static final long MS_LAZYTIME = 1 << 25;

    private LegacyMountFlags() {}

    static long attributes(long flags) {
        return bit(flags, MountFlags.MS_RDONLY, MountAttributes.READ_ONLY)
                | bit(flags, MountFlags.MS_NOSUID, MountAttributes.NO_SUID)
                | bit(flags, MountFlags.MS_NODEV, MountAttributes.NO_DEVICES)
                | bit(flags, MountFlags.MS_NOEXEC, MountAttributes.NO_EXEC)
                | bit(flags, MS_NOATIME, MountAttributes.NO_ACCESS_TIME)
                | bit(flags & ~MS_NOATIME, MS_STRICTATIME, MountAttributes.STRICT_ACCESS_TIME)
                | bit(flags, MS_NODIRATIME, MountAttributes.NO_DIRECTORY_ACCESS_TIME)
                | bit(flags, MS_NOSYMFOLLOW, MountAttributes.NO_SYMLINKS);
    }

    /** Read-only stays the mount's: the file system itself may be shared. */
    static String options(long flags, String data) {
        return data
                + ((flags & MS_SYNCHRONOUS) != 0 ? ",sync" : "")
                + ((flags & MS_DIRSYNC) != 0 ? ",dirsync" : "")
                + ((flags & MS_LAZYTIME) != 0 ? ",lazytime" : "");
    }

    private static long bit(long flags, long flag, long attribute) {
        return (flags & flag) != 0 ? attribute : 0;
    }
}
