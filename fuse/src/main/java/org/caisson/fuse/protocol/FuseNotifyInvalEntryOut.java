package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_notify_inval_entry_out} of {@code <linux/fuse.h>}: the notification that a name may have changed. */
public final class FuseNotifyInvalEntryOut {
    public static final int SIZE = 16;

    private static final int PARENT_AT = 0;
    private static final int NAMELEN_AT = 8;
    private static final int FLAGS_AT = 12;

    private FuseNotifyInvalEntryOut() {}

    public static void parent(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + PARENT_AT, value);
    }

    public static void namelen(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + NAMELEN_AT, value);
    }

    public static void flags(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS_AT, value);
    }
}
