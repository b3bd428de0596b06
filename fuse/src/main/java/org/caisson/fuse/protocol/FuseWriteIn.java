package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_write_in} of {@code <linux/fuse.h>}: the argument of WRITE. */
public final class FuseWriteIn {
    public static final int SIZE = 40;

    private static final int FH_AT = 0;
    private static final int OFFSET_AT = 8;
    private static final int SIZE_AT = 16;
    private static final int WRITE_FLAGS_AT = 20;
    private static final int LOCK_OWNER_AT = 24;
    private static final int FLAGS_AT = 32;

    private FuseWriteIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static long offset(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + OFFSET_AT);
    }

    public static int size(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + SIZE_AT);
    }

    public static int writeFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + WRITE_FLAGS_AT);
    }

    public static long lockOwner(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + LOCK_OWNER_AT);
    }

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }
}
