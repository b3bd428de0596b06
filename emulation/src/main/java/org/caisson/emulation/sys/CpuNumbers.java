package org.caisson.emulation.sys;

import org.caisson.emulation.cgroup.CpuList;
import org.caisson.emulation.cgroup.CpuReading;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;

/**
 * Which CPUs of the host a container's are. They have the numbers 0 to n − 1, as in {@code /proc/cpuinfo}: the n smallest
 * of those on which it may run.
 */
final class CpuNumbers {
    private static final ThreadLocal<Readings> READINGS = ThreadLocal.withInitial(Readings::new);
    private static final int WORD_BITS = 32;

    private final ResourceView view;

    CpuNumbers(ResourceView view) {
        this.view = view;
    }

    /** How many CPUs the container is shown. */
    int visible() {
        return read().visible();
    }

    /** The host's number of one of the container's, or −1. */
    int hostNumber(int number) {
        CpuReading cpus = read();
        if (number < 0 || number >= cpus.visible()) {
            return -1;
        }
        int hostNumber = -1;
        for (int i = 0; i <= number; i++) {
            hostNumber = cpus.effective().next(hostNumber + 1);
        }
        return hostNumber;
    }

    /** All of the container's, as a list. */
    void writeAll(TextBuffer out) {
        writeList(first(visible()), out);
    }

    /** All of the container's, as a mask. */
    void writeAllAsMask(TextBuffer out) {
        int visible = visible();
        writeMask(first(visible), visible, out);
    }

    /** Those of a list of the host's that are the container's, as {@code %*pbl} prints them. */
    void writeList(TextScanner hostList, TextBuffer out) {
        writeList(translate(hostList), out);
    }

    /** The same as a mask, {@code %*pb}: words of eight hexadecimal digits. */
    void writeMask(TextScanner hostList, TextBuffer out) {
        writeMask(translate(hostList), visible(), out);
    }

    private CpuList translate(TextScanner hostList) {
        CpuList host = new CpuList();
        host.parse(hostList);
        CpuList own = new CpuList();
        CpuReading cpus = read();
        int hostNumber = -1;
        for (int number = 0; number < cpus.visible(); number++) {
            hostNumber = cpus.effective().next(hostNumber + 1);
            if (host.contains(hostNumber)) {
                own.add(number);
            }
        }
        return own;
    }

    private static CpuList first(int count) {
        CpuList list = new CpuList();
        for (int number = 0; number < count; number++) {
            list.add(number);
        }
        return list;
    }

    static void writeList(CpuList list, TextBuffer out) {
        String separator = "";
        for (int start = list.next(0); start >= 0; ) {
            int end = start;
            while (list.contains(end + 1L)) {
                end++;
            }
            out.appendAscii(separator).appendDecimal(start);
            if (end > start) {
                out.appendByte('-').appendDecimal(end);
            }
            separator = ",";
            start = list.next(end + 1);
        }
        out.newLine();
    }

    static void writeMask(CpuList list, int count, TextBuffer out) {
        int words = Math.max(1, (count + WORD_BITS - 1) / WORD_BITS);
        for (int word = words - 1; word >= 0; word--) {
            int bits = 0;
            for (int bit = 0; bit < WORD_BITS; bit++) {
                bits |= list.contains((long) word * WORD_BITS + bit) ? 1 << bit : 0;
            }
            String digits = Integer.toHexString(bits);
            if (word == words - 1) {
                // As many digits as the highest word has bits.
                int topBits = count - word * WORD_BITS;
                out.appendRepeated('0', Math.max(0, (topBits + 3) / 4 - digits.length()));
            } else {
                out.appendRepeated('0', 8 - digits.length());
            }
            out.appendAscii(digits).appendByte(word == 0 ? '\n' : ',');
        }
    }

    private CpuReading read() {
        Readings readings = READINGS.get();
        view.readCpus(readings.cpus, readings.text);
        return readings.cpus;
    }

    /** What one thread reads into. */
    private static final class Readings {
        private final CpuReading cpus = new CpuReading();
        private final TextScanner text = new TextScanner();
    }
}
