package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_setattr_in} of {@code <linux/fuse.h>}: the argument of SETATTR. */
public final class FuseSetattrIn {
    public static final int SIZE = 88;

    private static final int VALID_AT = 0;
    private static final int FH_AT = 8;
    private static final int SIZE_AT = 16;
    private static final int LOCK_OWNER_AT = 24;
    private static final int ATIME_AT = 32;
    private static final int MTIME_AT = 40;
    private static final int CTIME_AT = 48;
    private static final int ATIMENSEC_AT = 56;
    private static final int MTIMENSEC_AT = 60;
    private static final int CTIMENSEC_AT = 64;
    private static final int MODE_AT = 68;
    private static final int UID_AT = 76;
    private static final int GID_AT = 80;

    private FuseSetattrIn() {}

    public static int valid(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + VALID_AT);
    }

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static long size(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + SIZE_AT);
    }

    public static long lockOwner(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + LOCK_OWNER_AT);
    }

    public static long atime(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + ATIME_AT);
    }

    public static long mtime(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + MTIME_AT);
    }

    public static long ctime(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + CTIME_AT);
    }

    public static int atimensec(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + ATIMENSEC_AT);
    }

    public static int mtimensec(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MTIMENSEC_AT);
    }

    public static int ctimensec(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + CTIMENSEC_AT);
    }

    public static int mode(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MODE_AT);
    }

    public static int uid(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + UID_AT);
    }

    public static int gid(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + GID_AT);
    }
}
