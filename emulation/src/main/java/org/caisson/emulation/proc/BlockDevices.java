package org.caisson.emulation.proc;

import org.caisson.emulation.cgroup.IoReading;
import org.caisson.emulation.cgroup.IoReading.Counter;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;

/**
 * {@code /proc/diskstats} and {@code /proc/partitions}: the devices on which the container read or wrote, and only what
 * it did there. See {@code admin-guide/iostats.rst} and {@code block/genhd.c}.
 */
final class BlockDevices {
    private static final int SECTOR = 512;
    private static final int MAJOR_WIDTH = 4;
    private static final int MINOR_WIDTH = 7;

    private BlockDevices() {}

    /** Seventeen numbers a device; a control group tells no times, no merged requests and no flushes. */
    static void writeStatistics(TextScanner host, IoReading io, TextBuffer out) {
        while (host.nextLine()) {
            int major = (int) host.decimal();
            int minor = (int) host.decimal();
            int device = io.find(major, minor);
            if (device < 0) {
                continue;
            }
            out.appendDecimal(major, MAJOR_WIDTH).appendByte(' ').appendDecimal(minor, MINOR_WIDTH);
            int before = host.position();
            host.skipWord();
            Columns.copy(host, before, host.position(), out);
            operations(io, device, Counter.READS, Counter.READ_BYTES, out);
            operations(io, device, Counter.WRITES, Counter.WRITTEN_BYTES, out);
            out.appendAscii(" 0 0 0");
            operations(io, device, Counter.DISCARDS, Counter.DISCARDED_BYTES, out);
            out.appendAscii(" 0 0\n");
        }
    }

    /** Requests completed, merged, sectors, milliseconds. */
    private static void operations(IoReading io, int device, Counter count, Counter bytes, TextBuffer out) {
        out.appendByte(' ').appendDecimal(io.value(device, count)).appendAscii(" 0 ");
        out.appendDecimal(io.value(device, bytes) / SECTOR).appendAscii(" 0");
    }

    /** The header, an empty line, and the host's lines of the same devices. */
    static void writePartitions(TextScanner host, IoReading io, TextBuffer out) {
        out.appendAscii("major minor  #blocks  name\n\n");
        while (host.nextLine()) {
            int major = (int) host.decimal();
            if (major >= 0 && io.find(major, (int) host.decimal()) >= 0) {
                Columns.line(host, out);
            }
        }
    }
}
