package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_flush_in} of {@code <linux/fuse.h>}: the argument of FLUSH. */
public final class FuseFlushIn {
    public static final int SIZE = 24;

    private static final int FH_AT = 0;
    private static final int LOCK_OWNER_AT = 16;

    private FuseFlushIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static long lockOwner(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + LOCK_OWNER_AT);
    }
}
