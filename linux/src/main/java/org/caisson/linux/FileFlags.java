package org.caisson.linux;

/** The flags of a file that chattr(1) changes, and the ioctl(2) requests that do so ({@code linux/fs.h}); see ioctl_iflags(2). */
public final class FileFlags {
    /** What is written is on the disk at once. */
    public static final int FS_SYNC_FL = 0x8;
    /** Nothing of the file may be changed. */
    public static final int FS_IMMUTABLE_FL = 0x10;
    /** The file may only be appended to. */
    public static final int FS_APPEND_FL = 0x20;
    /** dump(8) is to leave the file out. */
    public static final int FS_NODUMP_FL = 0x40;
    /** Reading does not change the access time. */
    public static final int FS_NOATIME_FL = 0x80;

    /** Data is used where it lies. */
    public static final int FS_DAX_FL = 0x2000000;
    /** What is made in the directory belongs to its project. */
    public static final int FS_PROJINHERIT_FL = 0x20000000;

    /** Tells the flags as an {@code int}. */
    public static final int FS_IOC_GETFLAGS = 0x80086601;
    /** Sets the flags to an {@code int}. */
    public static final int FS_IOC_SETFLAGS = 0x40086602;

    private FileFlags() {}
}
