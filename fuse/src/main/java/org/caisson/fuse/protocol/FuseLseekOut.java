package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_lseek_out} of {@code <linux/fuse.h>}: the answer to LSEEK. */
public final class FuseLseekOut {
    public static final int SIZE = 8;

    private static final int OFFSET_AT = 0;

    private FuseLseekOut() {}

    public static void offset(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + OFFSET_AT, value);
    }
}
