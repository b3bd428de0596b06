package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_open_out} of {@code <linux/fuse.h>}: the answer to OPEN. */
public final class FuseOpenOut {
    public static final int SIZE = 16;

    private static final int FH_AT = 0;
    private static final int OPEN_FLAGS_AT = 8;
    private static final int BACKING_ID_AT = 12;

    private FuseOpenOut() {}

    public static void fh(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + FH_AT, value);
    }

    public static void backingId(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + BACKING_ID_AT, value);
    }

    public static void openFlags(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + OPEN_FLAGS_AT, value);
    }
}
