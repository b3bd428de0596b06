package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_attr} of {@code <linux/fuse.h>}: the attributes of a node. */
public final class FuseAttr {
    public static final int SIZE = 88;

    private static final int INO_AT = 0;
    private static final int SIZE_AT = 8;
    private static final int BLOCKS_AT = 16;
    private static final int ATIME_AT = 24;
    private static final int MTIME_AT = 32;
    private static final int CTIME_AT = 40;
    private static final int ATIMENSEC_AT = 48;
    private static final int MTIMENSEC_AT = 52;
    private static final int CTIMENSEC_AT = 56;
    private static final int MODE_AT = 60;
    private static final int NLINK_AT = 64;
    private static final int UID_AT = 68;
    private static final int GID_AT = 72;
    private static final int RDEV_AT = 76;
    private static final int BLKSIZE_AT = 80;
    private static final int FLAGS_AT = 84;

    private FuseAttr() {}

    public static void ino(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + INO_AT, value);
    }

    public static void size(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + SIZE_AT, value);
    }

    public static void blocks(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + BLOCKS_AT, value);
    }

    public static void atime(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + ATIME_AT, value);
    }

    public static void mtime(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + MTIME_AT, value);
    }

    public static void ctime(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + CTIME_AT, value);
    }

    public static void atimensec(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + ATIMENSEC_AT, value);
    }

    public static void mtimensec(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + MTIMENSEC_AT, value);
    }

    public static void ctimensec(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + CTIMENSEC_AT, value);
    }

    public static void mode(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + MODE_AT, value);
    }

    public static void nlink(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + NLINK_AT, value);
    }

    public static void uid(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + UID_AT, value);
    }

    public static void gid(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + GID_AT, value);
    }

    public static void rdev(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + RDEV_AT, value);
    }

    public static void blksize(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + BLKSIZE_AT, value);
    }

    public static void flags(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS_AT, value);
    }
}
