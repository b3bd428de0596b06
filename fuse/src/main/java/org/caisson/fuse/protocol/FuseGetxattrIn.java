package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_getxattr_in} of {@code <linux/fuse.h>}: the argument of GETXATTR. */
public final class FuseGetxattrIn {
    public static final int SIZE = 8;

    private static final int SIZE_AT = 0;

    private FuseGetxattrIn() {}

    public static int size(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + SIZE_AT);
    }
}
