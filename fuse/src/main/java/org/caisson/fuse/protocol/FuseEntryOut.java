package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_entry_out} of {@code <linux/fuse.h>}: a node as the answer of a lookup. */
public final class FuseEntryOut {
    public static final int SIZE = 128;

    private static final int NODEID_AT = 0;
    private static final int GENERATION_AT = 8;
    private static final int ENTRY_VALID_AT = 16;
    private static final int ATTR_VALID_AT = 24;
    private static final int ENTRY_VALID_NSEC_AT = 32;
    private static final int ATTR_VALID_NSEC_AT = 36;
    public static final int ATTR = 40;

    private FuseEntryOut() {}

    public static long nodeid(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + NODEID_AT);
    }

    public static void nodeid(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + NODEID_AT, value);
    }

    public static void generation(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + GENERATION_AT, value);
    }

    public static void entryValid(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + ENTRY_VALID_AT, value);
    }

    public static void attrValid(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + ATTR_VALID_AT, value);
    }

    public static void entryValidNsec(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + ENTRY_VALID_NSEC_AT, value);
    }

    public static void attrValidNsec(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + ATTR_VALID_NSEC_AT, value);
    }
}
