package org.caisson.emulation.proc;

import org.caisson.emulation.text.TextScanner;

/**
 * The counters of {@code /proc/stat} that no control group keeps: interrupts, context switches, forks. A container is
 * shown what they grew by since its start, as far as that can be known: until the first reading they are taken to have
 * grown evenly since the host's start. So they only ever grow and do not tell what the host did before.
 *
 * <p>Guarded by its own monitor.
 */
final class HostCounters {
    private static final String[] NAMES = {"intr", "ctxt", "processes", "softirq"};

    private final long[] base = new long[NAMES.length];
    private final long[] shown = new long[NAMES.length];
    private boolean based;

    /** Takes the host's text of now. */
    synchronized void advance(TextScanner hostStat, long age, long hostAge) {
        while (hostStat.nextLine()) {
            for (int i = 0; i < NAMES.length; i++) {
                if (hostStat.skipWord(NAMES[i])) {
                    advance(i, Math.max(0, hostStat.decimal()), age, hostAge);
                    break;
                }
            }
        }
        based = true;
    }

    private void advance(int counter, long value, long age, long hostAge) {
        if (!based) {
            double share = hostAge <= 0 ? 0 : Math.min(1, (double) age / hostAge);
            base[counter] = value - (long) (value * share);
        }
        shown[counter] = Math.max(shown[counter], value - base[counter]);
    }

    synchronized long interrupts() {
        return shown[0];
    }

    synchronized long contextSwitches() {
        return shown[1];
    }

    synchronized long forks() {
        return shown[2];
    }

    synchronized long softInterrupts() {
        return shown[3];
    }
}
