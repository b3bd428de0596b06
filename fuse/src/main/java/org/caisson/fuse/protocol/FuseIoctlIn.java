package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_ioctl_in} of {@code <linux/fuse.h>}: the argument of IOCTL, which what the command reads follows. */
public final class FuseIoctlIn {
    public static final int SIZE = 32;

    private static final int FH_AT = 0;
    private static final int FLAGS_AT = 8;
    private static final int CMD_AT = 12;
    private static final int IN_SIZE_AT = 24;
    private static final int OUT_SIZE_AT = 28;

    private FuseIoctlIn() {}

    public static long fh(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + FH_AT);
    }

    public static int flags(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + FLAGS_AT);
    }

    public static int cmd(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + CMD_AT);
    }

    public static int inSize(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + IN_SIZE_AT);
    }

    public static int outSize(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + OUT_SIZE_AT);
    }
}
