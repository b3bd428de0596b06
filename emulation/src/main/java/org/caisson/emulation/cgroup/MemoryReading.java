package org.caisson.emulation.cgroup;

import java.util.Arrays;
import org.caisson.emulation.text.TextScanner;

/** What a container's memory control group said at one moment, in bytes. */
public final class MemoryReading {
    /** The limit of a group that has none. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private final long[] items = new long[MemoryItem.count()];
    private boolean accounted;
    private long limit;
    private long usage;
    private long swapLimit;
    private long swapUsage;

    /** Forgets everything: no group, no limit. */
    public void clear() {
        Arrays.fill(items, 0);
        accounted = false;
        limit = UNLIMITED;
        swapLimit = UNLIMITED;
        usage = 0;
        swapUsage = 0;
    }

    /** Whether there is a group that accounts for the container's memory. */
    public boolean accounted() {
        return accounted;
    }

    /** The most that the container may use, the smallest up the tree. */
    public long limit() {
        return limit;
    }

    public long usage() {
        return usage;
    }

    /** The most swap space that the container may use. */
    public long swapLimit() {
        return swapLimit;
    }

    public long swapUsage() {
        return swapUsage;
    }

    @SuppressWarnings("EnumOrdinal") // the array is filled by the same index
    public long item(MemoryItem item) {
        return items[item.ordinal()];
    }

    /** Caps the limit by that of one more directory. */
    public void capLimit(long bytes) {
        limit = Math.min(limit, bytes);
    }

    /** Caps the swap limit by that of one more directory. */
    public void capSwapLimit(long bytes) {
        swapLimit = Math.min(swapLimit, bytes);
    }

    /** Takes the usage, and that there is a group. */
    public void use(long bytes, long swapBytes) {
        accounted = true;
        usage = bytes;
        swapUsage = swapBytes;
    }

    /** Takes the items of a {@code memory.stat}. */
    public void take(TextScanner stat, boolean unified) {
        int expected = 0;
        while (stat.nextLine()) {
            int found = find(stat, unified, expected);
            if (found >= 0) {
                items[found] = Math.max(0, stat.decimal());
                expected = found + 1;
            }
        }
    }

    /** The item of the scanner's line, or −1; looked for first where the one before suggests it. */
    private static int find(TextScanner stat, boolean unified, int expected) {
        int count = MemoryItem.count();
        for (int i = 0; i < count; i++) {
            int index = (expected + i) % count;
            String key = MemoryItem.at(index).key(unified);
            if (key != null && stat.skipWord(key)) {
                return index;
            }
        }
        return -1;
    }
}
