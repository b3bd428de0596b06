package org.caisson.emulation.cgroup;

import java.util.Arrays;
import org.caisson.emulation.text.TextScanner;

/** A set of CPU numbers in the kernel's list format, {@code 0-3,8}; see cpuset(7), "List format". */
public final class CpuList {
    /** The largest CPU number that a Linux kernel can be built for (CONFIG_NR_CPUS on x86-64). */
    static final int LARGEST = 8191;

    private long[] words = new long[1];

    public void clear() {
        Arrays.fill(words, 0);
    }

    /** Takes the list in the first line of a text; an empty or odd one gives the empty set. */
    public void parse(TextScanner text) {
        clear();
        if (!text.nextLine()) {
            return;
        }
        do {
            long first = text.decimal();
            long last = text.peek() == '-' && text.next() == '-' ? text.decimal() : first;
            if (first < 0 || last < first || last > LARGEST) {
                return;
            }
            for (int cpu = (int) first; cpu <= last; cpu++) {
                add(cpu);
            }
        } while (text.next() == ',');
    }

    public void add(int cpu) {
        int word = cpu >> 6;
        if (word >= words.length) {
            words = Arrays.copyOf(words, word + 1);
        }
        words[word] |= 1L << cpu;
    }

    public boolean contains(long cpu) {
        return cpu >= 0 && cpu >> 6 < words.length && (words[(int) (cpu >> 6)] & 1L << cpu) != 0;
    }

    public int count() {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }

    /** The largest member, or −1. */
    public int highest() {
        for (int word = words.length - 1; word >= 0; word--) {
            if (words[word] != 0) {
                return (word << 6) + 63 - Long.numberOfLeadingZeros(words[word]);
            }
        }
        return -1;
    }

    /** The smallest member that is not below this number, or −1. */
    public int next(int from) {
        for (int cpu = from; cpu < words.length << 6; cpu++) {
            if (contains(cpu)) {
                return cpu;
            }
        }
        return -1;
    }
}
