package org.caisson.emulation.cgroup;

import java.util.Arrays;

/** What a container's tasks read from and wrote to block devices, by device. */
public final class IoReading {
    /** More devices than these are not looked at. */
    private static final int MOST_DEVICES = 256;

    /** One thing that is counted. */
    public enum Counter {
        READ_BYTES,
        WRITTEN_BYTES,
        DISCARDED_BYTES,
        READS,
        WRITES,
        DISCARDS;

        private static final int COUNT = values().length;
    }

    private long[] devices = new long[4];
    private long[] values = new long[4 * Counter.COUNT];
    private int count;

    /** Forgets all devices. */
    public void clear() {
        Arrays.fill(values, 0);
        count = 0;
    }

    /** Whether no device was used. */
    public boolean isEmpty() {
        return count == 0;
    }

    /** The index of a device among those that were used, or −1. */
    public int find(int major, int minor) {
        long device = device(major, minor);
        for (int i = 0; i < count; i++) {
            if (devices[i] == device) {
                return i;
            }
        }
        return -1;
    }

    @SuppressWarnings("EnumOrdinal") // the array is filled by the same index
    public long value(int index, Counter counter) {
        return values[index * Counter.COUNT + counter.ordinal()];
    }

    /** Of all devices together. */
    public long sum(Counter counter) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += value(i, counter);
        }
        return sum;
    }

    /** Sets a counter; one of 0 does not make a device a used one. */
    @SuppressWarnings("EnumOrdinal")
    public void set(int major, int minor, Counter counter, long value) {
        int index = find(major, minor);
        if (index < 0) {
            if (value <= 0 || count == MOST_DEVICES) {
                return;
            }
            index = add(device(major, minor));
        }
        values[index * Counter.COUNT + counter.ordinal()] = Math.max(0, value);
    }

    private int add(long device) {
        if (count == devices.length) {
            devices = Arrays.copyOf(devices, count * 2);
            values = Arrays.copyOf(values, count * 2 * Counter.COUNT);
        }
        devices[count] = device;
        return count++;
    }

    private static long device(int major, int minor) {
        return (long) major << 32 | minor;
    }
}
