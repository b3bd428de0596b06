package org.caisson.emulation.proc;

import java.util.Arrays;
import org.caisson.vfs.synthetic.TextBuffer;

/**
 * Three exponentially damped averages of the number of active tasks, in the kernel's fixed-point arithmetic:
 * {@code kernel/sched/loadavg.c} and {@code linux/sched/loadavg.h}. Not safe for several threads.
 */
final class LoadAverage {
    /** How often the averages take a sample. */
    static final long PERIOD_NANOS = 5_000_000_000L;

    private static final int FRACTION_BITS = 11;
    private static final long ONE = 1L << FRACTION_BITS;
    private static final long HALF = ONE / 2;
    private static final long[] FACTORS = {1884, 2014, 2037};

    private final long[] loads = new long[FACTORS.length];

    /** Sets all three to a number of tasks, in 1/2048 of a task. */
    void start(long active) {
        Arrays.fill(loads, active);
    }

    /** Takes a sample of as many active tasks (in 1/2048 of a task) for a number of periods: {@code calc_load_n}. */
    void sample(long active, int periods) {
        for (int i = 0; i < loads.length; i++) {
            long factor = power(FACTORS[i], periods);
            long load = loads[i] * factor + active * (ONE - factor);
            if (active >= loads[i]) {
                load += ONE - 1;
            }
            loads[i] = load / ONE;
        }
    }

    /** A number of tasks in the unit of the averages. */
    static long tasks(int count) {
        return count * ONE;
    }

    /** One of the averages, over 1, 5 or 15 minutes, in 1/2048 of a task. */
    long of(int average) {
        return loads[average];
    }

    /** Writes {@code /proc/loadavg}; see proc_loadavg(5). */
    void write(int running, int total, long lastPid, TextBuffer out) {
        for (long load : loads) {
            long rounded = load + ONE / 200;
            Columns.hundredths(
                    out, (rounded >> FRACTION_BITS) * 100 + (((rounded & (ONE - 1)) * 100) >> FRACTION_BITS));
            out.appendByte(' ');
        }
        out.appendDecimal(running);
        out.appendByte('/');
        out.appendDecimal(total);
        out.appendByte(' ');
        out.appendDecimal(lastPid);
        out.appendByte('\n');
    }

    /** {@code fixed_power_int}: a factor to the n-th power, rounded at each step as the kernel rounds. */
    private static long power(long factor, int n) {
        long result = ONE;
        long square = factor;
        for (int rest = n; rest > 0; ) {
            if ((rest & 1) != 0) {
                result = (result * square + HALF) >> FRACTION_BITS;
            }
            rest >>= 1;
            if (rest > 0) {
                square = (square * square + HALF) >> FRACTION_BITS;
            }
        }
        return result;
    }
}
