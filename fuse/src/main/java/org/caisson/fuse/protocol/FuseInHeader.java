package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_in_header} of {@code <linux/fuse.h>}: the header of every request. */
public final class FuseInHeader {
    public static final int SIZE = 40;

    private static final int LEN_AT = 0;
    private static final int OPCODE_AT = 4;
    private static final int UNIQUE_AT = 8;
    private static final int NODEID_AT = 16;
    private static final int UID_AT = 24;
    private static final int GID_AT = 28;
    private static final int PID_AT = 32;
    private static final int TOTAL_EXTLEN_AT = 36;

    private FuseInHeader() {}

    public static int len(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + LEN_AT);
    }

    public static int opcode(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + OPCODE_AT);
    }

    public static long unique(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + UNIQUE_AT);
    }

    public static long nodeid(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + NODEID_AT);
    }

    public static int uid(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + UID_AT);
    }

    public static int gid(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + GID_AT);
    }

    public static int pid(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + PID_AT);
    }

    public static int totalExtlen(MemorySegment segment, long at) {
        return Short.toUnsignedInt(segment.get(JAVA_SHORT_UNALIGNED, at + TOTAL_EXTLEN_AT));
    }
}
