package org.caisson.vfs;

import org.caisson.linux.FileFlags;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;

/** When reading a file changes its access time: the flags of the mount decide, see mount(8) and open(2), O_NOATIME. */
public enum AccessTimes {
    /** Not at all. */
    NEVER,
    /** Only if it is not later than the last change, or a day old (relatime, the default). */
    RELATIVE,
    /** Each time (strictatime). */
    ALWAYS;

    private static final long DAY = 24 * 60 * 60;

    /** What holds for a file that is read through a mount by a description with these flags. */
    public static AccessTimes of(Mount mount, int openFlags, Inode inode) {
        int flags = mount.flags();
        int never = MountFlags.MS_NOATIME | (inode.isDirectory() ? MountFlags.MS_NODIRATIME : 0);
        if ((flags & never) != 0
                || mount.isReadOnly()
                || (openFlags & OpenFlags.O_NOATIME) != 0
                || (inode.fileFlags() & FileFlags.FS_NOATIME_FL) != 0) {
            return NEVER;
        }
        return (flags & MountFlags.MS_RELATIME) == 0 ? ALWAYS : RELATIVE;
    }

    /** Whether one moment is not after another. */
    public static boolean notAfter(long seconds, int nanos, long otherSeconds, int otherNanos) {
        return seconds < otherSeconds || (seconds == otherSeconds && nanos <= otherNanos);
    }

    /** Whether times like these are to change; for file systems that keep times as they like. */
    public static boolean isDayOld(long seconds, long nowSeconds) {
        return nowSeconds - seconds >= DAY;
    }
}
