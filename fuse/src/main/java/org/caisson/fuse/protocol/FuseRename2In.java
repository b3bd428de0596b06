package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_rename2_in} of {@code <linux/fuse.h>}: the argument of RENAME2. */
public final class FuseRename2In {
    public static final int SIZE = 16;

    private static final int NEWDIR_AT = 0;
    private static final int FLAGS_AT = 8;

    private FuseRename2In() {}

    public static long newdir(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + NEWDIR_AT);
    }

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }
}
