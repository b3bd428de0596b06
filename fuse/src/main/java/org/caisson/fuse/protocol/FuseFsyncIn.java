package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_fsync_in} of {@code <linux/fuse.h>}: the argument of FSYNC. */
public final class FuseFsyncIn {
    public static final int SIZE = 16;

    private static final int FH_AT = 0;
    private static final int FSYNC_FLAGS_AT = 8;

    private FuseFsyncIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static int fsyncFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FSYNC_FLAGS_AT);
    }
}
