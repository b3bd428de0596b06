package org.caisson.emulation.proc;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * When the container started, on the host's boot-time clock.
 *
 * <p>Until the container's init is known it is the moment at which this object was made.
 */
public final class ContainerClock {
    private static final int CLOCK_REALTIME = 0;
    private static final int CLOCK_BOOTTIME = 7;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    /** USER_HZ, the unit of times in procfs: 100 on every architecture that Caisson runs on. */
    private static final long NANOS_PER_TICK = NANOS_PER_SECOND / 100;
    /** The index of {@code starttime} among the words after the name in {@code /proc/PID/stat}; proc_pid_stat(5). */
    private static final int START_TIME = 19;

    /** Written once more by {@link #startWith}; a reader sees the old moment or the new one. */
    private volatile long started = now(CLOCK_BOOTTIME);

    private volatile boolean ownBootTime;

    /** Takes the start of the container's first process, and whether it has a boot time of its own. */
    public void startWith(int initPid) {
        TextScanner text = new TextScanner();
        if (KernelFile.readOnce("/proc/" + initPid + "/stat", text) && text.nextLine()) {
            int at = text.lineEnd() - 1;
            while (at > text.lineStart() && text.bytes()[at] != ')') {
                at--;
            }
            text.position(at + 1);
            for (int i = 0; i < START_TIME; i++) {
                text.skipWord();
            }
            long ticks = text.decimal();
            if (ticks > 0) {
                started = ticks * NANOS_PER_TICK;
            }
        }
        KernelFile.readOnce("/proc/" + initPid + "/timens_offsets", text);
        while (text.nextLine()) {
            if (text.skipWord("boottime")) {
                text.skipBlanks();
                ownBootTime = text.peek() == '-';
            }
        }
    }

    /** Nanoseconds since the container's start. */
    long age() {
        return Math.max(0, now(CLOCK_BOOTTIME) - started);
    }

    /** Nanoseconds since the host's start. */
    long hostAge() {
        return now(CLOCK_BOOTTIME);
    }

    /**
     * {@code btime}: the second, in the epoch's count, from which the start times of processes in {@code /proc/PID/stat}
     * count. With a time namespace of its own that is the container's start; without one it is the host's, and any
     * other value would move every process's start into the future.
     */
    long bootSecond() {
        long hostBoot = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME);
        return (ownBootTime ? hostBoot + started : hostBoot) / NANOS_PER_SECOND;
    }

    private static long now(int clock) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment time = scratch.allocate(16);
            Syscalls.call(SyscallNumbers.CLOCK_GETTIME, clock, time.address());
            return time.get(ValueLayout.JAVA_LONG, 0) * NANOS_PER_SECOND + time.get(ValueLayout.JAVA_LONG, 8);
        }
    }
}
