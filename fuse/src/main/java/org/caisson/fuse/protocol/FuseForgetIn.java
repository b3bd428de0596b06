package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_forget_in} of {@code <linux/fuse.h>}: the argument of FORGET. */
public final class FuseForgetIn {
    public static final int SIZE = 8;

    private static final int NLOOKUP_AT = 0;

    private FuseForgetIn() {}

    public static long nlookup(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + NLOOKUP_AT);
    }
}
