package org.caisson.emulation.cgroup;

import java.nio.file.Path;
import org.caisson.emulation.cgroup.IoReading.Counter;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;

/** Reads what the tasks of one control group, and of those below it, did with block devices. */
abstract sealed class IoGroup implements AutoCloseable {
    /** Fills a cleared reading. */
    abstract void read(IoReading into, TextScanner text);

    @Override
    public abstract void close();

    /** cgroup v1: lines "MAJOR:MINOR KIND NUMBER" ({@code blkg_rwstat}). */
    static final class V1 extends IoGroup {
        private final KernelFile bytes;
        private final KernelFile operations;

        V1(Path directory) {
            bytes = new KernelFile(directory + "/blkio.throttle.io_service_bytes_recursive");
            operations = new KernelFile(directory + "/blkio.throttle.io_serviced_recursive");
        }

        @Override
        void read(IoReading into, TextScanner text) {
            take(bytes, into, text, Counter.READ_BYTES, Counter.WRITTEN_BYTES, Counter.DISCARDED_BYTES);
            take(operations, into, text, Counter.READS, Counter.WRITES, Counter.DISCARDS);
        }

        private static void take(
                KernelFile file, IoReading into, TextScanner text, Counter read, Counter written, Counter discarded) {
            file.read(text);
            while (text.nextLine()) {
                long major = text.decimal();
                if (major < 0 || text.next() != ':') {
                    continue;
                }
                int minor = (int) text.decimal();
                if (text.skipWord("Read")) {
                    into.set((int) major, minor, read, text.decimal());
                } else if (text.skipWord("Write")) {
                    into.set((int) major, minor, written, text.decimal());
                } else if (text.skipWord("Discard")) {
                    into.set((int) major, minor, discarded, text.decimal());
                }
            }
        }

        @Override
        public void close() {
            bytes.close();
            operations.close();
        }
    }

    /** cgroup v2: lines "MAJOR:MINOR rbytes=N wbytes=N rios=N wios=N dbytes=N dios=N" of {@code io.stat}. */
    static final class V2 extends IoGroup {
        private static final String[] KEYS = {"rbytes=", "wbytes=", "dbytes=", "rios=", "wios=", "dios="};
        private static final Counter[] COUNTERS = Counter.values();

        private final KernelFile file;

        V2(Path directory) {
            file = new KernelFile(directory + "/io.stat");
        }

        @Override
        void read(IoReading into, TextScanner text) {
            file.read(text);
            while (text.nextLine()) {
                long major = text.decimal();
                if (major < 0 || text.next() != ':') {
                    continue;
                }
                int minor = (int) text.decimal();
                for (text.skipBlanks(); text.peek() >= 0; text.skipBlanks()) {
                    take(into, text, (int) major, minor);
                }
            }
        }

        private static void take(IoReading into, TextScanner text, int major, int minor) {
            for (int i = 0; i < KEYS.length; i++) {
                if (text.skip(KEYS[i])) {
                    into.set(major, minor, COUNTERS[i], text.decimal());
                    return;
                }
            }
            text.skipWord();
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
