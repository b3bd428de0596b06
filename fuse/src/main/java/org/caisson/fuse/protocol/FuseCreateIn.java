package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_create_in} of {@code <linux/fuse.h>}: the argument of CREATE. */
public final class FuseCreateIn {
    public static final int SIZE = 16;

    private static final int FLAGS_AT = 0;
    private static final int MODE_AT = 4;
    private static final int UMASK_AT = 8;
    private static final int OPEN_FLAGS_AT = 12;

    private FuseCreateIn() {}

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }

    public static int mode(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MODE_AT);
    }

    public static int umask(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + UMASK_AT);
    }

    public static int openFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + OPEN_FLAGS_AT);
    }
}
