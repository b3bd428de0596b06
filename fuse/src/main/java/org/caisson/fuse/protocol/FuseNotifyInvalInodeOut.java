package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_notify_inval_inode_out} of {@code <linux/fuse.h>}: the notification that attributes and data may have changed. */
public final class FuseNotifyInvalInodeOut {
    public static final int SIZE = 24;

    private static final int INO_AT = 0;
    private static final int OFF_AT = 8;
    private static final int LEN_AT = 16;

    private FuseNotifyInvalInodeOut() {}

    public static void ino(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + INO_AT, value);
    }

    public static void off(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + OFF_AT, value);
    }

    public static void len(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + LEN_AT, value);
    }
}
