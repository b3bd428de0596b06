package org.caisson.emulation.proc;

import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;

/**
 * {@code /proc/slabinfo}: its version and its columns, and no cache: control groups do not tell whose objects are whose; see
 * slabinfo(5). How much memory they take is in {@code /proc/meminfo}.
 */
final class SlabInfo {
    private SlabInfo() {}

    /** Stays as long as the kernel runs. */
    static byte[] text() {
        TextScanner host = new TextScanner();
        TextBuffer out = new TextBuffer();
        KernelFile.readOnce("/proc/slabinfo", host);
        for (int line = 0; line < 2 && host.nextLine(); line++) {
            Columns.line(host, out);
        }
        return out.toByteArray();
    }
}
