package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_write_out} of {@code <linux/fuse.h>}: the answer to WRITE. */
public final class FuseWriteOut {
    public static final int SIZE = 8;

    private static final int SIZE_AT = 0;

    private FuseWriteOut() {}

    public static void size(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + SIZE_AT, value);
    }
}
