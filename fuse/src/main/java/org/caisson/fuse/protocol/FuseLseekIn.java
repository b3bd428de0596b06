package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_lseek_in} of {@code <linux/fuse.h>}: the argument of LSEEK. */
public final class FuseLseekIn {
    public static final int SIZE = 24;

    private static final int FH_AT = 0;
    private static final int OFFSET_AT = 8;
    private static final int WHENCE_AT = 16;

    private FuseLseekIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static long offset(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + OFFSET_AT);
    }

    public static int whence(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + WHENCE_AT);
    }
}
