package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_attr_out} of {@code <linux/fuse.h>}: attributes with their time to live. */
public final class FuseAttrOut {
    public static final int SIZE = 104;

    private static final int ATTR_VALID_AT = 0;
    private static final int ATTR_VALID_NSEC_AT = 8;
    public static final int ATTR = 16;

    private FuseAttrOut() {}

    public static void attrValid(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + ATTR_VALID_AT, value);
    }

    public static void attrValidNsec(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + ATTR_VALID_NSEC_AT, value);
    }
}
