package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_interrupt_in} of {@code <linux/fuse.h>}: the argument of INTERRUPT. */
public final class FuseInterruptIn {
    public static final int SIZE = 8;

    private static final int UNIQUE_AT = 0;

    private FuseInterruptIn() {}

    public static long unique(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + UNIQUE_AT);
    }
}
