package org.caisson.emulation.proc;

import org.caisson.vfs.synthetic.TextBuffer;

/** {@code /proc/uptime}: the container's age and the time that its CPUs were idle, both in seconds; proc_uptime(5). */
final class Uptime {
    private static final long NANOS_PER_HUNDREDTH = 10_000_000;

    private Uptime() {}

    static void write(long ageNanos, long idleNanos, TextBuffer out) {
        Columns.hundredths(out, Math.max(0, ageNanos) / NANOS_PER_HUNDREDTH);
        out.appendByte(' ');
        Columns.hundredths(out, Math.max(0, idleNanos) / NANOS_PER_HUNDREDTH);
        out.appendByte('\n');
    }
}
