package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_forget_one} of {@code <linux/fuse.h>}: one element of a BATCH_FORGET. */
public final class FuseForgetOne {
    public static final int SIZE = 16;

    private static final int NODEID_AT = 0;
    private static final int NLOOKUP_AT = 8;

    private FuseForgetOne() {}

    public static long nodeid(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + NODEID_AT);
    }

    public static long nlookup(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + NLOOKUP_AT);
    }
}
