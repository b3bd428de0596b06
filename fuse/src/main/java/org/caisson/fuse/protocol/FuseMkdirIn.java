package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_mkdir_in} of {@code <linux/fuse.h>}: the argument of MKDIR. */
public final class FuseMkdirIn {
    public static final int SIZE = 8;

    private static final int MODE_AT = 0;
    private static final int UMASK_AT = 4;

    private FuseMkdirIn() {}

    public static int mode(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MODE_AT);
    }

    public static int umask(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + UMASK_AT);
    }
}
