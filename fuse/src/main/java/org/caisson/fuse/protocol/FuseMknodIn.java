package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_mknod_in} of {@code <linux/fuse.h>}: the argument of MKNOD. */
public final class FuseMknodIn {
    public static final int SIZE = 16;

    private static final int MODE_AT = 0;
    private static final int RDEV_AT = 4;
    private static final int UMASK_AT = 8;

    private FuseMknodIn() {}

    public static int mode(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MODE_AT);
    }

    public static int rdev(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + RDEV_AT);
    }

    public static int umask(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + UMASK_AT);
    }
}
