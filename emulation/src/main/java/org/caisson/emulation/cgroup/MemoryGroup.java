package org.caisson.emulation.cgroup;

import static org.caisson.emulation.cgroup.MemoryReading.UNLIMITED;

import java.nio.file.Path;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;

/** Reads the memory controller of one control group. */
abstract sealed class MemoryGroup implements AutoCloseable {
    final KernelFile stat;
    final KernelFile usage;

    private MemoryGroup(Path directory, String usageName) {
        stat = new KernelFile(directory + "/memory.stat");
        usage = new KernelFile(directory + "/" + usageName);
    }

    /** Fills a cleared reading. */
    abstract void read(MemoryReading into, TextScanner text);

    @Override
    public void close() {
        stat.close();
        usage.close();
    }

    /** The number in a file's first line; "max" and a missing file give the other. */
    static long number(KernelFile file, TextScanner text, long other) {
        if (!file.read(text) || !text.nextLine()) {
            return other;
        }
        long number = text.decimal();
        return number < 0 ? other : number;
    }

    /** cgroup v1: {@code memory.stat} itself tells the smallest limit up the tree. */
    static final class V1 extends MemoryGroup {
        V1(Path directory) {
            super(directory, "memory.usage_in_bytes");
        }

        @Override
        void read(MemoryReading into, TextScanner text) {
            if (!stat.read(text)) {
                return;
            }
            into.take(text, false);
            long limit = into.item(MemoryItem.LIMIT);
            long withSwap = into.item(MemoryItem.LIMIT_WITH_SWAP);
            into.capLimit(limit);
            if (withSwap > 0 && withSwap < UNLIMITED - (1L << 20)) {
                into.capSwapLimit(Math.max(0, withSwap - limit));
            }
            into.use(number(usage, text, 0), into.item(MemoryItem.SWAP));
        }
    }

    /** cgroup v2: every directory up to the root has its own limit. */
    static final class V2 extends MemoryGroup {
        private final KernelFile swapUsage;
        private final Ancestry limits;
        private final Ancestry swapLimits;

        V2(Path directory) {
            super(directory, "memory.current");
            swapUsage = new KernelFile(directory + "/memory.swap.current");
            limits = new Ancestry(directory, "memory.max");
            swapLimits = new Ancestry(directory, "memory.swap.max");
        }

        @Override
        void read(MemoryReading into, TextScanner text) {
            if (!stat.read(text)) {
                return;
            }
            into.take(text, true);
            for (KernelFile limit : limits.files(text)) {
                into.capLimit(number(limit, text, UNLIMITED));
            }
            for (KernelFile limit : swapLimits.files(text)) {
                into.capSwapLimit(number(limit, text, UNLIMITED));
            }
            long inSwap = number(swapUsage, text, 0);
            into.use(number(usage, text, 0), inSwap);
        }

        @Override
        public void close() {
            super.close();
            swapUsage.close();
            limits.close();
            swapLimits.close();
        }
    }
}
