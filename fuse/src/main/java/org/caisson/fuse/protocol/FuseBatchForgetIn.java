package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_batch_forget_in} of {@code <linux/fuse.h>}: the argument of BATCH_FORGET. */
public final class FuseBatchForgetIn {
    public static final int SIZE = 8;

    private static final int COUNT_AT = 0;

    private FuseBatchForgetIn() {}

    public static int count(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + COUNT_AT);
    }
}
