package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_kstatfs} of {@code <linux/fuse.h>}: the answer to STATFS. */
public final class FuseKstatfs {
    public static final int SIZE = 80;

    private static final int BLOCKS_AT = 0;
    private static final int BFREE_AT = 8;
    private static final int BAVAIL_AT = 16;
    private static final int FILES_AT = 24;
    private static final int FFREE_AT = 32;
    private static final int BSIZE_AT = 40;
    private static final int NAMELEN_AT = 44;
    private static final int FRSIZE_AT = 48;

    private FuseKstatfs() {}

    public static void blocks(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + BLOCKS_AT, value);
    }

    public static void bfree(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + BFREE_AT, value);
    }

    public static void bavail(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + BAVAIL_AT, value);
    }

    public static void files(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + FILES_AT, value);
    }

    public static void ffree(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + FFREE_AT, value);
    }

    public static void bsize(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + BSIZE_AT, value);
    }

    public static void namelen(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + NAMELEN_AT, value);
    }

    public static void frsize(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + FRSIZE_AT, value);
    }
}
