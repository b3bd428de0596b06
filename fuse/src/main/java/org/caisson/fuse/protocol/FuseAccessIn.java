package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_access_in} of {@code <linux/fuse.h>}: the argument of ACCESS. */
public final class FuseAccessIn {
    public static final int SIZE = 8;

    private static final int MASK_AT = 0;

    private FuseAccessIn() {}

    public static int mask(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MASK_AT);
    }
}
