package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_out_header} of {@code <linux/fuse.h>}: the header of every reply and notification (there {@code unique} is 0 and {@code error} the code). */
public final class FuseOutHeader {
    public static final int SIZE = 16;

    private static final int LEN_AT = 0;
    private static final int ERROR_AT = 4;
    private static final int UNIQUE_AT = 8;

    private FuseOutHeader() {}

    public static void len(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + LEN_AT, value);
    }

    public static void error(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + ERROR_AT, value);
    }

    public static void unique(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + UNIQUE_AT, value);
    }
}
