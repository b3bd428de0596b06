package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_open_in} of {@code <linux/fuse.h>}: the argument of OPEN. */
public final class FuseOpenIn {
    public static final int SIZE = 8;

    private static final int FLAGS_AT = 0;
    private static final int OPEN_FLAGS_AT = 4;

    private FuseOpenIn() {}

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }

    public static int openFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + OPEN_FLAGS_AT);
    }
}
