package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_init_in} of {@code <linux/fuse.h>}: what the kernel offers. */
public final class FuseInitIn {
    public static final int SIZE = 64;

    private static final int MAJOR_AT = 0;
    private static final int MINOR_AT = 4;
    private static final int MAX_READAHEAD_AT = 8;
    private static final int FLAGS_AT = 12;
    private static final int FLAGS2_AT = 16;

    private FuseInitIn() {}

    public static int major(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MAJOR_AT);
    }

    public static int minor(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MINOR_AT);
    }

    public static int maxReadahead(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + MAX_READAHEAD_AT);
    }

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }

    public static int flags2(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS2_AT);
    }
}
