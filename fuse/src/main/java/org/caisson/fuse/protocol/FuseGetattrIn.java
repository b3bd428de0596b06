package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_getattr_in} of {@code <linux/fuse.h>}: the argument of GETATTR. */
public final class FuseGetattrIn {
    public static final int SIZE = 16;

    private static final int GETATTR_FLAGS_AT = 0;
    private static final int FH_AT = 8;

    private FuseGetattrIn() {}

    public static int getattrFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + GETATTR_FLAGS_AT);
    }

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }
}
