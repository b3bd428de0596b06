package org.caisson.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fsxattr} of {@code linux/fs.h}, and the ioctl(2) requests that tell and set it; see ioctl_xfs_fsgetxattr(2). */
public final class Fsxattr {
    public static final int SIZE = 28;

    /** Tells the attributes. */
    public static final int FS_IOC_FSGETXATTR = 0x801C581F;
    /** Sets the attributes. */
    public static final int FS_IOC_FSSETXATTR = 0x401C5820;

    public static final int FS_XFLAG_IMMUTABLE = 0x8;
    public static final int FS_XFLAG_APPEND = 0x10;
    public static final int FS_XFLAG_SYNC = 0x20;
    public static final int FS_XFLAG_NOATIME = 0x40;
    public static final int FS_XFLAG_NODUMP = 0x80;
    public static final int FS_XFLAG_PROJINHERIT = 0x200;
    public static final int FS_XFLAG_EXTSIZE = 0x800;
    public static final int FS_XFLAG_EXTSZINHERIT = 0x1000;
    public static final int FS_XFLAG_DAX = 0x8000;
    public static final int FS_XFLAG_COWEXTSIZE = 0x10000;

    private static final int XFLAGS_AT = 0;
    private static final int EXTSIZE_AT = 4;
    private static final int PROJID_AT = 12;
    private static final int COWEXTSIZE_AT = 16;

    private Fsxattr() {}

    public static int xflags(MemorySegment segment) {
        return segment.get(JAVA_INT_UNALIGNED, XFLAGS_AT);
    }

    public static void xflags(MemorySegment segment, int value) {
        segment.set(JAVA_INT_UNALIGNED, XFLAGS_AT, value);
    }

    public static int extsize(MemorySegment segment) {
        return segment.get(JAVA_INT_UNALIGNED, EXTSIZE_AT);
    }

    public static void extsize(MemorySegment segment, int value) {
        segment.set(JAVA_INT_UNALIGNED, EXTSIZE_AT, value);
    }

    public static int projid(MemorySegment segment) {
        return segment.get(JAVA_INT_UNALIGNED, PROJID_AT);
    }

    public static void projid(MemorySegment segment, int value) {
        segment.set(JAVA_INT_UNALIGNED, PROJID_AT, value);
    }

    public static int cowextsize(MemorySegment segment) {
        return segment.get(JAVA_INT_UNALIGNED, COWEXTSIZE_AT);
    }

    public static void cowextsize(MemorySegment segment, int value) {
        segment.set(JAVA_INT_UNALIGNED, COWEXTSIZE_AT, value);
    }
}
