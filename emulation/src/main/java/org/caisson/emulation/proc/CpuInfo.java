package org.caisson.emulation.proc;

import org.caisson.emulation.cgroup.CpuList;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;

/** {@code /proc/cpuinfo}: the host's text with the container's CPUs only, numbered from 0; see proc_cpuinfo(5). */
final class CpuInfo {
    private static final String PROCESSOR = "processor";

    private CpuInfo() {}

    /** Copies the blocks of the first {@code visible} CPUs of the set; only the processor's number changes. */
    static void write(TextScanner host, CpuList effective, int visible, TextBuffer out) {
        int shown = 0;
        boolean inside = true;
        while (host.nextLine()) {
            if (host.skip(PROCESSOR)) {
                int afterName = host.position();
                host.skipBlanks();
                if (host.next() == ':') {
                    int afterColon = host.position();
                    inside = effective.contains(host.decimal()) && shown < visible;
                    if (inside) {
                        out.appendAscii(PROCESSOR);
                        Columns.copy(host, afterName, afterColon, out);
                        out.appendByte(' ');
                        out.appendDecimal(shown++);
                        out.appendByte('\n');
                    }
                    continue;
                }
            }
            if (inside) {
                Columns.line(host, out);
            }
        }
    }
}
