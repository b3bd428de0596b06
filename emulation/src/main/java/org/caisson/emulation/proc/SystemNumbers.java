package org.caisson.emulation.proc;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.emulation.cgroup.MemoryReading;

/** The numbers of {@code struct sysinfo} of {@code linux/sysinfo.h}; see sysinfo(2). For one thread at a time. */
public final class SystemNumbers {
    private static final int UPTIME = 0;
    private static final int LOADS = 8;
    private static final int TOTAL = 32;
    private static final int FREE = 40;
    private static final int SHARED = 48;
    private static final int BUFFERS = 56;
    private static final int SWAP_TOTAL = 64;
    private static final int SWAP_FREE = 72;
    private static final int TASKS = 80;
    private static final int UNIT = 104;

    private static final long KIB = 1024;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    /** From the 11 bits of a fraction that the kernel counts in to the 16 that it tells: {@code SI_LOAD_SHIFT - FSHIFT}. */
    private static final int LOAD_SHIFT = 16 - 11;

    private final long[] loads = new long[3];
    private long total;
    private long free;
    private long shared;
    private long buffers;
    private long swapTotal;
    private long swapFree;
    private long uptime;
    private int tasks;

    void take(MemInfo.Host host, MemoryReading group) {
        total = MemInfo.total(host, group);
        free = MemInfo.free(host, group);
        shared = MemInfo.shared(host, group);
        buffers = MemInfo.buffers(host, group);
        swapTotal = MemInfo.swapTotal(host, group);
        swapFree = MemInfo.swapFree(host, group);
    }

    /** Begun seconds count, as in {@code do_sysinfo} of {@code kernel/sys.c}. */
    void take(long ageNanos, LoadSampler sampler) {
        uptime = (ageNanos + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND;
        tasks = sampler.read(loads);
    }

    /** Fills a struct that is zero, in units of one byte. */
    public void write(MemorySegment info) {
        put(info, UPTIME, uptime);
        for (int i = 0; i < loads.length; i++) {
            put(info, LOADS + i * Long.BYTES, loads[i] << LOAD_SHIFT);
        }
        put(info, TOTAL, total * KIB);
        put(info, FREE, free * KIB);
        put(info, SHARED, shared * KIB);
        put(info, BUFFERS, buffers * KIB);
        put(info, SWAP_TOTAL, swapTotal * KIB);
        put(info, SWAP_FREE, swapFree * KIB);
        info.set(ValueLayout.JAVA_SHORT, TASKS, (short) tasks);
        info.set(ValueLayout.JAVA_INT, UNIT, 1);
    }

    private static void put(MemorySegment info, int offset, long value) {
        info.set(ValueLayout.JAVA_LONG, offset, value);
    }
}
