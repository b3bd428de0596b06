package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_fallocate_in} of {@code <linux/fuse.h>}: the argument of FALLOCATE. */
public final class FuseFallocateIn {
    public static final int SIZE = 32;

    private static final int FH_AT = 0;
    private static final int OFFSET_AT = 8;
    private static final int LENGTH_AT = 16;
    private static final int MODE_AT = 24;

    private FuseFallocateIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static long offset(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + OFFSET_AT);
    }

    public static long length(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + LENGTH_AT);
    }

    public static int mode(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MODE_AT);
    }
}
