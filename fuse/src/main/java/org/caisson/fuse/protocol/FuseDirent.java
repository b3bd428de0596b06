package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_dirent} of {@code <linux/fuse.h>}: the fixed part of a directory entry; the name follows, padded to 8 bytes. */
public final class FuseDirent {
    public static final int SIZE = 24;

    private static final int INO_AT = 0;
    private static final int OFF_AT = 8;
    private static final int NAMELEN_AT = 16;
    private static final int TYPE_AT = 20;

    private FuseDirent() {}

    public static long ino(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + INO_AT);
    }

    public static void ino(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + INO_AT, value);
    }

    public static long off(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + OFF_AT);
    }

    public static void off(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + OFF_AT, value);
    }

    public static int namelen(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + NAMELEN_AT);
    }

    public static void namelen(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + NAMELEN_AT, value);
    }

    public static int type(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + TYPE_AT);
    }

    public static void type(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + TYPE_AT, value);
    }
}
