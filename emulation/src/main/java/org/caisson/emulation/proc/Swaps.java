package org.caisson.emulation.proc;

import org.caisson.vfs.synthetic.TextBuffer;

/** {@code /proc/swaps}: no device of the host, but one virtual area if the container may swap; see proc_swaps(5). */
final class Swaps {
    private Swaps() {}

    static void write(long totalKib, long freeKib, TextBuffer out) {
        out.appendAscii("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
        if (totalKib > 0) {
            out.appendAscii("none                                    virtual\t\t");
            out.appendDecimal(totalKib);
            out.appendAscii("\t\t");
            out.appendDecimal(Math.max(0, totalKib - freeKib));
            out.appendAscii("\t\t0\n");
        }
    }
}
