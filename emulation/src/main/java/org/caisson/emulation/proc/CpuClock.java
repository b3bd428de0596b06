package org.caisson.emulation.proc;

import java.util.Arrays;
import org.caisson.emulation.cgroup.CpuReading;

/**
 * The times that the container's CPUs spent in user mode, in the kernel and idle. Each reading adds what happened since
 * the one before, so no time ever goes back, also when CPUs are added to the container or taken from it.
 *
 * <p>Guarded by its own monitor.
 */
final class CpuClock {
    private long lastAge;
    private long lastUser;
    private long lastSystem;
    private long user;
    private long system;
    private long idle;
    private long[] userOf = new long[0];
    private long[] systemOf = new long[0];
    private long[] idleOf = new long[0];
    private long[] lastUserOf = new long[0];
    private long[] lastSystemOf = new long[0];
    private int visible;

    /** Takes a reading at an age of the container; both only ever grow. */
    synchronized void advance(long ageNanos, CpuReading now) {
        if (ageNanos < lastAge) {
            return;
        }
        grow(now.visible(), now);
        visible = now.visible();
        long elapsed = ageNanos - lastAge;
        boolean direct = now.perCpu() && now.visible() == now.effective().count();
        long userShare = Math.max(0, now.user() - lastUser) / visible;
        long systemShare = Math.max(0, now.system() - lastSystem) / visible;
        int cpu = -1;
        for (int i = 0; i < visible; i++) {
            cpu = now.effective().next(cpu + 1);
            long ran = direct ? Math.max(0, now.userOf(cpu) - lastUserOf[cpu]) : userShare;
            long served = direct ? Math.max(0, now.systemOf(cpu) - lastSystemOf[cpu]) : systemShare;
            long rested = Math.max(0, elapsed - ran - served);
            userOf[i] += ran;
            systemOf[i] += served;
            idleOf[i] += rested;
            user += ran;
            system += served;
            idle += rested;
        }
        remember(ageNanos, now);
    }

    private void remember(long ageNanos, CpuReading now) {
        lastAge = ageNanos;
        lastUser = Math.max(lastUser, now.user());
        lastSystem = Math.max(lastSystem, now.system());
        for (int i = 0; i < lastUserOf.length; i++) {
            lastUserOf[i] = Math.max(lastUserOf[i], now.userOf(i));
            lastSystemOf[i] = Math.max(lastSystemOf[i], now.systemOf(i));
        }
    }

    private void grow(int shown, CpuReading now) {
        if (shown > userOf.length) {
            userOf = Arrays.copyOf(userOf, shown);
            systemOf = Arrays.copyOf(systemOf, shown);
            idleOf = Arrays.copyOf(idleOf, shown);
        }
        int highest = now.effective().highest() + 1;
        if (highest > lastUserOf.length) {
            lastUserOf = Arrays.copyOf(lastUserOf, highest);
            lastSystemOf = Arrays.copyOf(lastSystemOf, highest);
        }
    }

    synchronized long idle() {
        return idle;
    }

    /** Copies the times of all CPUs together and then of each shown one: user, system, idle, user, … */
    synchronized long[] copy() {
        long[] times = new long[3 + 3 * visible];
        times[0] = user;
        times[1] = system;
        times[2] = idle;
        for (int i = 0; i < visible; i++) {
            times[3 + 3 * i] = userOf[i];
            times[4 + 3 * i] = systemOf[i];
            times[5 + 3 * i] = idleOf[i];
        }
        return times;
    }
}
