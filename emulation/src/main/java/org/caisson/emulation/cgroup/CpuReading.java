package org.caisson.emulation.cgroup;

import java.util.Arrays;

/** What a container's CPU control groups said at one moment. */
public final class CpuReading {
    final CpuList effective = new CpuList();
    private int visible;
    private boolean perCpu;
    private long user;
    private long system;
    private long[] userOf = new long[0];
    private long[] systemOf = new long[0];

    /** The CPUs of the host on which the container may run. */
    public CpuList effective() {
        return effective;
    }

    /** How many CPUs the container is shown: no more than it may run on, and no more than its quota fills. */
    public int visible() {
        return visible;
    }

    /** Nanoseconds that the container has run in user mode. */
    public long user() {
        return user;
    }

    /** Nanoseconds that the container has run in the kernel. */
    public long system() {
        return system;
    }

    /** Whether the usage is known for each CPU. */
    public boolean perCpu() {
        return perCpu;
    }

    public long userOf(int cpu) {
        return cpu < userOf.length ? userOf[cpu] : 0;
    }

    public long systemOf(int cpu) {
        return cpu < systemOf.length ? systemOf[cpu] : 0;
    }

    void visible(int count) {
        visible = count;
    }

    void clearUsage() {
        perCpu = false;
        user = 0;
        system = 0;
        Arrays.fill(userOf, 0);
        Arrays.fill(systemOf, 0);
    }

    void total(long userNanos, long systemNanos) {
        user = userNanos;
        system = systemNanos;
    }

    void addCpu(int cpu, long userNanos, long systemNanos) {
        if (cpu >= userOf.length) {
            userOf = Arrays.copyOf(userOf, cpu + 8);
            systemOf = Arrays.copyOf(systemOf, cpu + 8);
        }
        perCpu = true;
        userOf[cpu] = userNanos;
        systemOf[cpu] = systemNanos;
        user += userNanos;
        system += systemNanos;
    }
}
