package org.caisson.fuse.protocol;

/** Flag words inside requests and replies ({@code <linux/fuse.h>}). */
public final class FuseFlag {
    public static final int FATTR_MODE = 1;
    public static final int FATTR_UID = 1 << 1;
    public static final int FATTR_GID = 1 << 2;
    public static final int FATTR_SIZE = 1 << 3;
    public static final int FATTR_ATIME = 1 << 4;
    public static final int FATTR_MTIME = 1 << 5;
    public static final int FATTR_FH = 1 << 6;
    public static final int FATTR_ATIME_NOW = 1 << 7;
    public static final int FATTR_MTIME_NOW = 1 << 8;
    public static final int FATTR_CTIME = 1 << 10;
    public static final int FATTR_KILL_SUIDGID = 1 << 11;

    public static final int FOPEN_DIRECT_IO = 1;
    public static final int FOPEN_KEEP_CACHE = 1 << 1;
    public static final int FOPEN_NONSEEKABLE = 1 << 2;
    public static final int FOPEN_CACHE_DIR = 1 << 3;
    public static final int FOPEN_STREAM = 1 << 4;
    public static final int FOPEN_NOFLUSH = 1 << 5;
    public static final int FOPEN_PARALLEL_DIRECT_WRITES = 1 << 6;
    public static final int FOPEN_PASSTHROUGH = 1 << 7;

    public static final int GETATTR_FH = 1;
    public static final int OPEN_KILL_SUIDGID = 1;
    public static final int WRITE_KILL_SUIDGID = 1 << 2;
    public static final int POLL_SCHEDULE_NOTIFY = 1;

    /** Of an IOCTL: of a directory; any other flag asks for more than that, or for another size of words. */
    public static final int IOCTL_DIR = 1 << 4;

    public static final int FSYNC_FDATASYNC = 1;
    public static final int LK_FLOCK = 1;

    private FuseFlag() {}
}
