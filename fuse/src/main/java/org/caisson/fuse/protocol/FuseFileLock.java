package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_file_lock} of {@code <linux/fuse.h>}: a lock by its first and last byte. */
public final class FuseFileLock {
    public static final int SIZE = 24;

    private static final int START_AT = 0;
    private static final int END_AT = 8;
    private static final int TYPE_AT = 16;
    private static final int PID_AT = 20;

    private FuseFileLock() {}

    public static long start(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + START_AT);
    }

    public static long end(MemorySegment segment, long at) {
        return segment.get(JAVA_LONG_UNALIGNED, at + END_AT);
    }

    public static int type(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + TYPE_AT);
    }

    public static int pid(MemorySegment segment, long at) {
        return segment.get(JAVA_INT_UNALIGNED, at + PID_AT);
    }

    public static void start(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + START_AT, value);
    }

    public static void end(MemorySegment segment, long at, long value) {
        segment.set(JAVA_LONG_UNALIGNED, at + END_AT, value);
    }

    public static void type(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + TYPE_AT, value);
    }

    public static void pid(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + PID_AT, value);
    }
}
