package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_lk_in} of {@code <linux/fuse.h>}: the argument of GETLK, SETLK and SETLKW. */
public final class FuseLkIn {
    public static final int SIZE = 48;

    private static final int FH_AT = 0;
    private static final int OWNER_AT = 8;
    /** A {@link FuseFileLock}. */
    public static final int LK = 16;

    private static final int LK_FLAGS_AT = 40;

    private FuseLkIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static long owner(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + OWNER_AT);
    }

    public static int lkFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + LK_FLAGS_AT);
    }
}
