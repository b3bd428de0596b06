package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_getxattr_out} of {@code <linux/fuse.h>}: the answer to GETXATTR. */
public final class FuseGetxattrOut {
    public static final int SIZE = 8;

    private static final int SIZE_AT = 0;

    private FuseGetxattrOut() {}

    public static void size(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + SIZE_AT, value);
    }
}
