package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_copy_file_range_in} of {@code <linux/fuse.h>}: the argument of COPY_FILE_RANGE. */
public final class FuseCopyFileRangeIn {
    public static final int SIZE = 56;

    private static final int FH_IN_AT = 0;
    private static final int OFF_IN_AT = 8;
    private static final int NODEID_OUT_AT = 16;
    private static final int FH_OUT_AT = 24;
    private static final int OFF_OUT_AT = 32;
    private static final int LEN_AT = 40;
    private static final int FLAGS_AT = 48;

    private FuseCopyFileRangeIn() {}

    public static long fhIn(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_IN_AT);
    }

    public static long offIn(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + OFF_IN_AT);
    }

    public static long nodeidOut(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + NODEID_OUT_AT);
    }

    public static long fhOut(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_OUT_AT);
    }

    public static long offOut(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + OFF_OUT_AT);
    }

    public static long len(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + LEN_AT);
    }

    public static long flags(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FLAGS_AT);
    }
}
