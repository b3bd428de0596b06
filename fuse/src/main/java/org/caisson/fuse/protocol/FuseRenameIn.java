package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_rename_in} of {@code <linux/fuse.h>}: the argument of RENAME. */
public final class FuseRenameIn {
    public static final int SIZE = 8;

    private static final int NEWDIR_AT = 0;

    private FuseRenameIn() {}

    public static long newdir(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + NEWDIR_AT);
    }
}
