package org.caisson.emulation.cgroup;

import java.nio.file.Path;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;

/** How much CPU time the CFS bandwidth controller gives, in whole CPUs, the smallest up the tree. */
abstract sealed class CpuQuota implements AutoCloseable {
    /** The quota of a group that has none. */
    static final int UNLIMITED = Integer.MAX_VALUE;

    /** The number of CPUs that the quota fills, rounded up. */
    abstract int cpus(TextScanner text);

    @Override
    public abstract void close();

    static int ceiling(long quota, long period) {
        return quota <= 0 || period <= 0 ? UNLIMITED : (int) Math.min(UNLIMITED, (quota + period - 1) / period);
    }

    /** cgroup v1: {@code cpu.cfs_quota_us} (−1 for none) and {@code cpu.cfs_period_us}. */
    static final class V1 extends CpuQuota {
        private final Ancestry quotas;
        private final Ancestry periods;

        V1(Path directory) {
            quotas = new Ancestry(directory, "cpu.cfs_quota_us");
            periods = new Ancestry(directory, "cpu.cfs_period_us");
        }

        @Override
        int cpus(TextScanner text) {
            int least = UNLIMITED;
            KernelFile[] quotaFiles = quotas.files(text);
            KernelFile[] periodFiles = periods.files(text);
            for (int i = 0; i < Math.min(quotaFiles.length, periodFiles.length); i++) {
                long quota = MemoryGroup.number(quotaFiles[i], text, 0);
                if (quota > 0) {
                    least = Math.min(least, ceiling(quota, MemoryGroup.number(periodFiles[i], text, 0)));
                }
            }
            return least;
        }

        @Override
        public void close() {
            quotas.close();
            periods.close();
        }
    }

    /** cgroup v2: {@code cpu.max} is "QUOTA PERIOD" or "max PERIOD". */
    static final class V2 extends CpuQuota {
        private final Ancestry maxima;

        V2(Path directory) {
            maxima = new Ancestry(directory, "cpu.max");
        }

        @Override
        int cpus(TextScanner text) {
            int least = UNLIMITED;
            for (KernelFile maximum : maxima.files(text)) {
                if (maximum.read(text) && text.nextLine()) {
                    long quota = text.decimal();
                    least = Math.min(least, ceiling(quota, text.decimal()));
                }
            }
            return least;
        }

        @Override
        public void close() {
            maxima.close();
        }
    }
}
