package org.caisson.emulation.proc;

import static org.caisson.emulation.cgroup.MemoryItem.*;

import org.caisson.emulation.cgroup.MemoryItem;
import org.caisson.emulation.cgroup.MemoryReading;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;

/**
 * {@code /proc/meminfo}: the lines of the host, in its order, with the container's numbers; see proc_meminfo(5).
 *
 * <p>Memory that the container may use is what its limit leaves, and never more than the host has available.
 */
final class MemInfo {
    private static final long KIB = 1024;
    /** Every name is padded to this column before its number. */
    private static final int NAME_WIDTH = 16;

    private static final int NUMBER_WIDTH = 8;
    /** What each line of a node's text begins with. */
    private static final String NODE = "Node 0 ";

    private MemInfo() {}

    /** The host's values on which the container's depend, in KiB; reused from read to read. */
    static final class Host {
        private long total;
        private long free;
        private long available;
        private long swapTotal;
        private long swapFree;
        private long commitLimit;
        private long buffers;
        private long shared;

        /** Picks the values out of the text and rewinds it. */
        void take(TextScanner text) {
            total = 0;
            free = 0;
            available = -1;
            swapTotal = 0;
            swapFree = 0;
            commitLimit = 0;
            buffers = 0;
            shared = 0;
            while (text.nextLine()) {
                if (text.skip("MemTotal:")) {
                    total = positive(text.decimal());
                } else if (text.skip("MemFree:")) {
                    free = positive(text.decimal());
                } else if (text.skip("MemAvailable:")) {
                    available = text.decimal();
                } else if (text.skip("SwapTotal:")) {
                    swapTotal = positive(text.decimal());
                } else if (text.skip("SwapFree:")) {
                    swapFree = positive(text.decimal());
                } else if (text.skip("CommitLimit:")) {
                    commitLimit = positive(text.decimal());
                } else if (text.skip("Buffers:")) {
                    buffers = positive(text.decimal());
                } else if (text.skip("Shmem:")) {
                    shared = positive(text.decimal());
                }
            }
            available = available < 0 ? free : available;
            text.rewind();
        }

        private static long positive(long number) {
            return Math.max(0, number);
        }
    }

    /** Writes the container's text; a container without a memory group sees the host's. */
    static void write(TextScanner text, Host host, MemoryReading group, TextBuffer out) {
        if (!group.accounted()) {
            copy(text, out);
            return;
        }
        host.take(text);
        writeLines(text, host, group, out);
    }

    private static void copy(TextScanner text, TextBuffer out) {
        while (text.nextLine()) {
            Columns.line(text, out);
        }
    }

    /** A node's text, for which the host's is the pattern: one node that has all of the container's memory. */
    static void writeNode(TextScanner pattern, Host host, MemoryReading group, TextBuffer out) {
        if (!group.accounted()) {
            copy(pattern, out);
            return;
        }
        writeLines(pattern, host, group, out);
    }

    private static void writeLines(TextScanner text, Host host, MemoryReading group, TextBuffer out) {
        long total = total(host, group);
        long free = free(host, group);
        long available = host.available;
        if (total < host.total) {
            long reclaimable = kib(sum(group, ACTIVE_FILE, INACTIVE_FILE) + group.item(SLAB_RECLAIMABLE));
            available = Math.min(Math.min(host.available, total), free + reclaimable);
        }
        long swapTotal = swapTotal(host, group);
        long swapFree = swapFree(host, group);
        while (text.nextLine()) {
            text.skip(NODE);
            if (text.skip("MemTotal:")) {
                number(text, total, out);
            } else if (text.skip("MemUsed:")) {
                number(text, total - free, out);
            } else if (text.skip("MemFree:")) {
                number(text, free, out);
            } else if (text.skip("MemAvailable:")) {
                number(text, available, out);
            } else if (text.skip("SwapTotal:")) {
                number(text, swapTotal, out);
            } else if (text.skip("SwapFree:")) {
                number(text, swapFree, out);
            } else if (text.skip("CommitLimit:")) {
                number(text, commitLimit(host, total, swapTotal), out);
            } else if (!text.skip("DirectMap")) {
                other(text, group, out);
            }
        }
    }

    /** How much memory the container may use, in KiB. */
    static long total(Host host, MemoryReading group) {
        return Math.min(host.total, group.limit() / KIB);
    }

    /** How much of its memory is left, in KiB. */
    static long free(Host host, MemoryReading group) {
        long total = total(host, group);
        return total < host.total ? Math.min(host.available, Math.max(0, total - kib(group.usage()))) : host.free;
    }

    /** Memory in files that are only there, in KiB. */
    static long shared(Host host, MemoryReading group) {
        return group.accounted() ? kib(group.item(SHMEM)) : host.shared;
    }

    /** Memory in the kernel's buffers of devices, in KiB; a group has none of its own. */
    static long buffers(Host host, MemoryReading group) {
        return group.accounted() ? 0 : host.buffers;
    }

    /** How much swap space the container may use, in KiB. */
    static long swapTotal(Host host, MemoryReading group) {
        return Math.min(host.swapTotal, group.swapLimit() / KIB);
    }

    /** How much of its swap space is left, in KiB. */
    static long swapFree(Host host, MemoryReading group) {
        return Math.min(host.swapFree, Math.max(0, swapTotal(host, group) - kib(group.swapUsage())));
    }

    /** One of the lines that only copy an item of {@code memory.stat}. */
    private static void other(TextScanner text, MemoryReading group, TextBuffer out) {
        if (text.skip("Buffers:") || text.skip("VmallocUsed:")) {
            number(text, 0, out);
        } else if (text.skip("Cached:") || text.skip("FilePages:")) {
            item(text, group, FILE, out);
        } else if (text.skip("SwapCached:")) {
            item(text, group, SWAP_CACHED, out);
        } else if (text.skip("Active:")) {
            number(text, kib(sum(group, ACTIVE_ANON, ACTIVE_FILE)), out);
        } else if (text.skip("Inactive:")) {
            number(text, kib(sum(group, INACTIVE_ANON, INACTIVE_FILE)), out);
        } else if (text.skip("Active(anon):")) {
            item(text, group, ACTIVE_ANON, out);
        } else if (text.skip("Inactive(anon):")) {
            item(text, group, INACTIVE_ANON, out);
        } else if (text.skip("Active(file):")) {
            item(text, group, ACTIVE_FILE, out);
        } else if (text.skip("Inactive(file):")) {
            item(text, group, INACTIVE_FILE, out);
        } else if (text.skip("Unevictable:") || text.skip("Mlocked:")) {
            item(text, group, UNEVICTABLE, out);
        } else if (text.skip("Dirty:")) {
            item(text, group, DIRTY, out);
        } else if (text.skip("Writeback:")) {
            item(text, group, WRITEBACK, out);
        } else if (text.skip("AnonPages:")) {
            item(text, group, ANON, out);
        } else if (text.skip("Mapped:")) {
            item(text, group, MAPPED, out);
        } else if (text.skip("Shmem:")) {
            item(text, group, SHMEM, out);
        } else if (text.skip("Committed_AS:")) {
            number(text, kib(sum(group, ANON, SHMEM) + group.swapUsage()), out);
        } else {
            kernelMemory(text, group, out);
        }
    }

    private static void kernelMemory(TextScanner text, MemoryReading group, TextBuffer out) {
        if (text.skip("KReclaimable:") || text.skip("SReclaimable:")) {
            item(text, group, SLAB_RECLAIMABLE, out);
        } else if (text.skip("Slab:")) {
            number(text, kib(sum(group, SLAB_RECLAIMABLE, SLAB_UNRECLAIMABLE)), out);
        } else if (text.skip("SUnreclaim:")) {
            item(text, group, SLAB_UNRECLAIMABLE, out);
        } else if (text.skip("KernelStack:")) {
            item(text, group, KERNEL_STACK, out);
        } else if (text.skip("PageTables:")) {
            item(text, group, PAGE_TABLES, out);
        } else if (text.skip("SecPageTables:")) {
            item(text, group, SECONDARY_PAGE_TABLES, out);
        } else if (text.skip("Percpu:")) {
            item(text, group, PER_CPU, out);
        } else if (text.skip("AnonHugePages:")) {
            item(text, group, ANON_HUGE, out);
        } else if (text.skip("ShmemHugePages:")) {
            item(text, group, SHMEM_HUGE, out);
        } else if (text.skip("FileHugePages:")) {
            item(text, group, FILE_HUGE, out);
        } else if (text.skip("Zswap:")) {
            item(text, group, ZSWAP, out);
        } else if (text.skip("Zswapped:")) {
            item(text, group, ZSWAPPED, out);
        } else {
            Columns.line(text, out);
        }
    }

    private static void item(TextScanner text, MemoryReading group, MemoryItem item, TextBuffer out) {
        number(text, kib(group.item(item)), out);
    }

    /** Prints the name just skipped, padded, and a number of KiB. */
    private static void number(TextScanner text, long kib, TextBuffer out) {
        int nameEnd = text.position();
        Columns.copy(text, text.lineStart(), nameEnd, out);
        int prefix = isOfNode(text) ? NODE.length() : 0;
        for (int column = nameEnd - text.lineStart() - prefix; column < NAME_WIDTH; column++) {
            out.appendByte(' ');
        }
        Columns.right(out, kib, NUMBER_WIDTH);
        out.appendAscii(" kB\n");
    }

    private static boolean isOfNode(TextScanner text) {
        int end = text.lineStart() + NODE.length();
        return end <= text.lineEnd() && text.bytes()[end - 1] == ' ' && text.bytes()[text.lineStart()] == 'N';
    }

    /** The host's share of memory that may be promised, applied to the container's. */
    private static long commitLimit(Host host, long total, long swapTotal) {
        long promised = Math.max(0, host.commitLimit - host.swapTotal);
        return swapTotal + (host.total == 0 ? 0 : (long) ((double) total * promised / host.total));
    }

    private static long sum(MemoryReading group, MemoryItem one, MemoryItem other) {
        return group.item(one) + group.item(other);
    }

    private static long kib(long bytes) {
        return bytes / KIB;
    }
}
