package org.caisson.emulation.cgroup;

import java.nio.file.Path;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;

/** Reads how long the tasks of one control group have run. */
abstract sealed class CpuUsage implements AutoCloseable {
    private static final long NANOS_PER_MICRO = 1000;

    final KernelFile file;

    private CpuUsage(KernelFile file) {
        this.file = file;
    }

    abstract void read(CpuReading into, TextScanner text);

    @Override
    public void close() {
        file.close();
    }

    /** cgroup v1: {@code cpuacct.usage_all} has a line "CPU USER SYSTEM", in nanoseconds, for each possible CPU. */
    static final class V1 extends CpuUsage {
        V1(Path directory) {
            super(new KernelFile(directory + "/cpuacct.usage_all"));
        }

        @Override
        void read(CpuReading into, TextScanner text) {
            file.read(text);
            while (text.nextLine()) {
                long cpu = text.decimal();
                if (cpu >= 0 && cpu <= CpuList.LARGEST) {
                    into.addCpu((int) cpu, Math.max(0, text.decimal()), Math.max(0, text.decimal()));
                }
            }
        }
    }

    /** cgroup v2: {@code cpu.stat} has totals in microseconds, whatever controllers are enabled. */
    static final class V2 extends CpuUsage {
        V2(Path directory) {
            super(new KernelFile(directory + "/cpu.stat"));
        }

        @Override
        void read(CpuReading into, TextScanner text) {
            long user = 0;
            long system = 0;
            file.read(text);
            while (text.nextLine()) {
                if (text.skipWord("user_usec")) {
                    user = Math.max(0, text.decimal());
                } else if (text.skipWord("system_usec")) {
                    system = Math.max(0, text.decimal());
                }
            }
            into.total(user * NANOS_PER_MICRO, system * NANOS_PER_MICRO);
        }
    }
}
