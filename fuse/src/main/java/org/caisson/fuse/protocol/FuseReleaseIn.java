package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_release_in} of {@code <linux/fuse.h>}: the argument of RELEASE. */
public final class FuseReleaseIn {
    public static final int SIZE = 24;

    private static final int FH_AT = 0;
    private static final int FLAGS_AT = 8;
    private static final int RELEASE_FLAGS_AT = 12;
    private static final int LOCK_OWNER_AT = 16;

    private FuseReleaseIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }

    public static int releaseFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + RELEASE_FLAGS_AT);
    }

    public static long lockOwner(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + LOCK_OWNER_AT);
    }
}
