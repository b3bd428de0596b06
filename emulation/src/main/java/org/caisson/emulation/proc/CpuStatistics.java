package org.caisson.emulation.proc;

import org.caisson.vfs.synthetic.TextBuffer;

/** {@code /proc/stat}: the times of the container's CPUs, and what else tools look for there; see proc_stat(5). */
final class CpuStatistics {
    private static final long NANOS_PER_TICK = 10_000_000;
    private static final int SOFT_INTERRUPT_KINDS = 10;

    private CpuStatistics() {}

    /** Writes the text from times as {@link CpuClock#copy} gives them. */
    static void write(long[] times, HostCounters counters, long bootSecond, int running, int blocked, TextBuffer out) {
        out.appendAscii("cpu ");
        times(times, 0, out);
        for (int i = 3; i < times.length; i += 3) {
            out.appendAscii("cpu");
            out.appendDecimal(i / 3 - 1);
            times(times, i, out);
        }
        line("intr ", counters.interrupts(), out);
        line("ctxt ", counters.contextSwitches(), out);
        line("btime ", bootSecond, out);
        line("processes ", counters.forks(), out);
        line("procs_running ", running, out);
        line("procs_blocked ", blocked, out);
        out.appendAscii("softirq ");
        out.appendDecimal(counters.softInterrupts());
        for (int i = 0; i < SOFT_INTERRUPT_KINDS; i++) {
            out.appendAscii(" 0");
        }
        out.appendByte('\n');
    }

    /** user, nice, system, idle, and six more that a control group does not tell. */
    private static void times(long[] times, int at, TextBuffer out) {
        out.appendByte(' ');
        out.appendDecimal(times[at] / NANOS_PER_TICK);
        out.appendAscii(" 0 ");
        out.appendDecimal(times[at + 1] / NANOS_PER_TICK);
        out.appendByte(' ');
        out.appendDecimal(times[at + 2] / NANOS_PER_TICK);
        out.appendAscii(" 0 0 0 0 0 0\n");
    }

    private static void line(String name, long value, TextBuffer out) {
        out.appendAscii(name);
        out.appendDecimal(value);
        out.appendByte('\n');
    }
}
