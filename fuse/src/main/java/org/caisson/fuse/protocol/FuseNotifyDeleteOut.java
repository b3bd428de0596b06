package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_notify_delete_out} of {@code <linux/fuse.h>}: the notification that a name is gone. */
public final class FuseNotifyDeleteOut {
    public static final int SIZE = 24;

    private static final int PARENT_AT = 0;
    private static final int CHILD_AT = 8;
    private static final int NAMELEN_AT = 16;

    private FuseNotifyDeleteOut() {}

    public static void parent(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + PARENT_AT, value);
    }

    public static void child(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + CHILD_AT, value);
    }

    public static void namelen(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + NAMELEN_AT, value);
    }
}
