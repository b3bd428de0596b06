package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_setxattr_in} of {@code <linux/fuse.h>}: the argument of SETXATTR. */
public final class FuseSetxattrIn {
    public static final int SIZE = 16;

    private static final int SIZE_AT = 0;
    private static final int FLAGS_AT = 4;
    private static final int SETXATTR_FLAGS_AT = 8;

    private FuseSetxattrIn() {}

    public static int size(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + SIZE_AT);
    }

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }

    public static int setxattrFlags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + SETXATTR_FLAGS_AT);
    }
}
