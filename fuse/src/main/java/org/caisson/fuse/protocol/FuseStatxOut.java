package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_statx_out} of {@code <linux/fuse.h>} (since 7.39) with the {@code struct fuse_statx} in it. */
public final class FuseStatxOut {
    public static final int SIZE = 288;

    private static final int ATTR_VALID = 0;
    private static final int ATTR_VALID_NSEC = 8;
    private static final int STAT = 32;
    private static final int MASK = STAT;
    private static final int BLKSIZE = STAT + 4;
    private static final int ATTRIBUTES = STAT + 8;
    private static final int NLINK = STAT + 16;
    private static final int UID = STAT + 20;
    private static final int GID = STAT + 24;
    private static final int MODE = STAT + 28;
    private static final int INO = STAT + 32;
    private static final int SIZE_OF_FILE = STAT + 40;
    private static final int BLOCKS = STAT + 48;
    private static final int ATTRIBUTES_MASK = STAT + 56;
    private static final int RDEV_MAJOR = STAT + 128;
    private static final int RDEV_MINOR = STAT + 132;

    /** Offsets of the four {@code struct fuse_sx_time}, for {@link #time}. */
    public static final int ATIME = STAT + 64;

    public static final int BTIME = STAT + 80;
    public static final int CTIME = STAT + 96;
    public static final int MTIME = STAT + 112;

    private FuseStatxOut() {}

    public static void valid(MemorySegment segment, long at, long seconds, int nanos) {
        segment.set(JAVA_LONG_UNALIGNED, at + ATTR_VALID, seconds);
        segment.set(JAVA_INT_UNALIGNED, at + ATTR_VALID_NSEC, nanos);
    }

    public static void mask(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + MASK, value);
    }

    public static void blksize(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + BLKSIZE, value);
    }

    public static void attributes(MemorySegment segment, long at, long value, long mask) {
        segment.set(JAVA_LONG_UNALIGNED, at + ATTRIBUTES, value);
        segment.set(JAVA_LONG_UNALIGNED, at + ATTRIBUTES_MASK, mask);
    }

    public static void nlink(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + NLINK, value);
    }

    public static void owner(MemorySegment segment, long at, int uid, int gid) {
        segment.set(JAVA_INT_UNALIGNED, at + UID, uid);
        segment.set(JAVA_INT_UNALIGNED, at + GID, gid);
    }

    public static void mode(MemorySegment segment, long at, int value) {
        segment.set(JAVA_SHORT_UNALIGNED, at + MODE, (short) value);
    }

    public static void ino(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + INO, value);
    }

    public static void size(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + SIZE_OF_FILE, value);
    }

    public static void blocks(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + BLOCKS, value);
    }

    public static void rdev(MemorySegment segment, long at, int major, int minor) {
        segment.set(JAVA_INT_UNALIGNED, at + RDEV_MAJOR, major);
        segment.set(JAVA_INT_UNALIGNED, at + RDEV_MINOR, minor);
    }

    public static void time(MemorySegment segment, long at, int which, long seconds, int nanos) {
        segment.set(JAVA_LONG_UNALIGNED, at + which, seconds);
        segment.set(JAVA_INT_UNALIGNED, at + which + 8, nanos);
    }
}
