package org.caisson.fuse.protocol;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** {@code struct fuse_init_out} of {@code <linux/fuse.h>}: what the server agrees to. */
public final class FuseInitOut {
    public static final int SIZE = 64;

    private static final int MAJOR_AT = 0;
    private static final int MINOR_AT = 4;
    private static final int MAX_READAHEAD_AT = 8;
    private static final int FLAGS_AT = 12;
    private static final int MAX_BACKGROUND_AT = 16;
    private static final int CONGESTION_THRESHOLD_AT = 18;
    private static final int MAX_WRITE_AT = 20;
    private static final int TIME_GRAN_AT = 24;
    private static final int MAX_PAGES_AT = 28;
    private static final int FLAGS2_AT = 32;
    private static final int MAX_STACK_DEPTH_AT = 36;

    private FuseInitOut() {}

    public static void major(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + MAJOR_AT, value);
    }

    public static void minor(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + MINOR_AT, value);
    }

    public static void maxReadahead(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + MAX_READAHEAD_AT, value);
    }

    public static void flags(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS_AT, value);
    }

    public static void maxBackground(MemorySegment segment, long at, int value) {
        segment.set(JAVA_SHORT_UNALIGNED, at + MAX_BACKGROUND_AT, (short) value);
    }

    public static void congestionThreshold(MemorySegment segment, long at, int value) {
        segment.set(JAVA_SHORT_UNALIGNED, at + CONGESTION_THRESHOLD_AT, (short) value);
    }

    public static void maxWrite(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + MAX_WRITE_AT, value);
    }

    public static void timeGran(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + TIME_GRAN_AT, value);
    }

    public static void maxPages(MemorySegment segment, long at, int value) {
        segment.set(JAVA_SHORT_UNALIGNED, at + MAX_PAGES_AT, (short) value);
    }

    public static void maxStackDepth(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + MAX_STACK_DEPTH_AT, value);
    }

    public static void flags2(MemorySegment segment, long at, int value) {
        segment.set(JAVA_INT_UNALIGNED, at + FLAGS2_AT, value);
    }
}
