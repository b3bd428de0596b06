package org.caisson.linux.seccomp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code struct seccomp_notif} of {@code linux/seccomp.h}: a system call that waits for its listener's answer. */
public final class SeccompNotification {
    public static final int SIZE = 80;
    public static final int ID = 0;
    public static final int PID = 8;
    public static final int FLAGS = 12;
    public static final int DATA_NR = 16;
    public static final int DATA_ARCH = 20;
    public static final int DATA_INSTRUCTION_POINTER = 24;
    public static final int DATA_ARGS = 32;

    private final MemorySegment segment;

    private SeccompNotification(MemorySegment segment) {
        this.segment = segment;
    }

    /** A buffer for one receiving thread, as large as the running kernel wants it. */
    public static SeccompNotification allocate(Arena arena, NotificationSizes sizes) {
        return new SeccompNotification(arena.allocate(Math.max(SIZE, sizes.notification()), 8));
    }

    MemorySegment segment() {
        return segment;
    }

    /** The cookie by which the call is answered. */
    public long id() {
        return segment.get(ValueLayout.JAVA_LONG, ID);
    }

    /** The calling thread in the pid namespace of the listener; 0 if it is not visible there. */
    public int pid() {
        return segment.get(ValueLayout.JAVA_INT, PID);
    }

    /** The number of the system call. */
    public int syscall() {
        return segment.get(ValueLayout.JAVA_INT, DATA_NR);
    }

    public int architecture() {
        return segment.get(ValueLayout.JAVA_INT, DATA_ARCH);
    }

    public long instructionPointer() {
        return segment.get(ValueLayout.JAVA_LONG, DATA_INSTRUCTION_POINTER);
    }

    /** An argument as the register held it; an {@code int} of C is its low half. */
    public long argument(int index) {
        return segment.get(ValueLayout.JAVA_LONG, DATA_ARGS + 8L * index);
    }
}
