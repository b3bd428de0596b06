package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_poll_out} of {@code <linux/fuse.h>}: the answer to POLL. */
public final class FusePollOut {
    public static final int SIZE = 8;

    private static final int REVENTS_AT = 0;

    private FusePollOut() {}

    public static void revents(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + REVENTS_AT, value);
    }
}
