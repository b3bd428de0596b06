package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_statx_in} of {@code <linux/fuse.h>}: the argument of STATX (since 7.39). */
public final class FuseStatxIn {
    public static final int SIZE = 24;

    private static final int GETATTR_FLAGS_AT = 0;
    private static final int FH_AT = 8;
    private static final int SX_FLAGS_AT = 16;
    private static final int SX_MASK_AT = 20;

    private FuseStatxIn() {}

    public static int getattrFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + GETATTR_FLAGS_AT);
    }

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static int sxFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + SX_FLAGS_AT);
    }

    public static int sxMask(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + SX_MASK_AT);
    }
}
