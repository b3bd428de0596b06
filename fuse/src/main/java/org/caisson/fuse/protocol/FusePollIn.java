package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_poll_in} of {@code <linux/fuse.h>}: the argument of POLL. */
public final class FusePollIn {
    public static final int SIZE = 24;

    private static final int FH_AT = 0;
    private static final int KH_AT = 8;
    private static final int FLAGS_AT = 16;
    private static final int EVENTS_AT = 20;

    private FusePollIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static long kh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + KH_AT);
    }

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }

    public static int events(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + EVENTS_AT);
    }
}
