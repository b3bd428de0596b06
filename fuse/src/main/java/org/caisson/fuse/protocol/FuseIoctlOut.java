package org.caisson.fuse.protocol;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_ioctl_out} of {@code <linux/fuse.h>}: the answer to IOCTL, which what the command tells follows. */
public final class FuseIoctlOut {
    public static final int SIZE = 16;

    private FuseIoctlOut() {}

    /** That it was done, that the result is 0, and that no more of the caller's memory is needed. */
    public static void done(MemorySegment segment, long at) {
        segment.asSlice(at, SIZE).fill((byte) 0);
    }
}
