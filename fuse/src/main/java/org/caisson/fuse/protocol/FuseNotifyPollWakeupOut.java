package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_notify_poll_wakeup_out} of {@code <linux/fuse.h>}: the notification that a polled file may be ready. */
public final class FuseNotifyPollWakeupOut {
    public static final int SIZE = 8;

    private static final int KH_AT = 0;

    private FuseNotifyPollWakeupOut() {}

    public static void kh(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + KH_AT, value);
    }
}
