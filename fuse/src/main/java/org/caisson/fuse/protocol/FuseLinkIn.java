package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_link_in} of {@code <linux/fuse.h>}: the argument of LINK. */
public final class FuseLinkIn {
    public static final int SIZE = 8;

    private static final int OLDNODEID_AT = 0;

    private FuseLinkIn() {}

    public static long oldnodeid(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + OLDNODEID_AT);
    }
}
