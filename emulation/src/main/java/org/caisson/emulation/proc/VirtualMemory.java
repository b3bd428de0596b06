package org.caisson.emulation.proc;

import static org.caisson.emulation.cgroup.MemoryItem.*;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.caisson.emulation.cgroup.IoReading;
import org.caisson.emulation.cgroup.IoReading.Counter;
import org.caisson.emulation.cgroup.MemoryItem;
import org.caisson.emulation.cgroup.MemoryReading;
import org.caisson.emulation.text.KernelFile;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;

/**
 * {@code /proc/vmstat} and a node's {@code vmstat}: the kernel's names in the kernel's order, each with the container's
 * number, or with 0 where control groups tell none. See {@code mm/vmstat.c} and {@code memcg_stat_format}.
 */
final class VirtualMemory {
    private static final long PAGE = 4096;
    private static final long HUGE_PAGE = 2 << 20;
    private static final long KIB = 1024;
    /** {@code vm.dirty_ratio} and {@code vm.dirty_background_ratio} as the kernel sets them. */
    private static final int DIRTY_PERCENT = 20;

    private static final int BACKGROUND_PERCENT = 10;

    /** How a number is found. */
    @FunctionalInterface
    private interface Source {
        long number(MemoryReading memory, IoReading io, long freeKib);
    }

    private static final Map<String, Source> SOURCES = sources();

    private final byte[][] names;
    private final Source[] sources;

    private VirtualMemory(byte[][] names, Source[] sources) {
        this.names = names;
        this.sources = sources;
    }

    /** For the names that a file of the host has, which stay while the kernel runs. */
    static VirtualMemory like(String path) {
        TextScanner host = new TextScanner();
        KernelFile.readOnce(path, host);
        String[] lines = host.toString().split("\n", -1);
        byte[][] names = new byte[lines.length][];
        Source[] sources = new Source[lines.length];
        for (int i = 0; i < lines.length; i++) {
            int end = Math.max(0, lines[i].indexOf(' '));
            String name = lines[i].substring(0, end);
            names[i] = name.getBytes(StandardCharsets.ISO_8859_1);
            sources[i] = SOURCES.getOrDefault(name, (_, _, _) -> 0);
        }
        return new VirtualMemory(names, sources);
    }

    void write(MemoryReading memory, IoReading io, long freeKib, TextBuffer out) {
        for (int i = 0; i < names.length; i++) {
            if (names[i].length != 0) {
                out.appendBytes(names[i]).appendByte(' ');
                out.appendDecimal(sources[i].number(memory, io, freeKib)).appendByte('\n');
            }
        }
    }

    private static Map<String, Source> sources() {
        Map<String, Source> map = new HashMap<>();
        pages(map, "nr_anon_pages", ANON);
        pages(map, "nr_file_pages", FILE);
        pages(map, "nr_mapped", MAPPED);
        pages(map, "nr_dirty", DIRTY);
        pages(map, "nr_writeback", WRITEBACK);
        pages(map, "nr_shmem", SHMEM);
        pages(map, "nr_mlock", UNEVICTABLE);
        pages(map, "nr_slab_reclaimable", SLAB_RECLAIMABLE);
        pages(map, "nr_slab_unreclaimable", SLAB_UNRECLAIMABLE);
        pages(map, "nr_page_table_pages", PAGE_TABLES);
        pages(map, "nr_sec_page_table_pages", SECONDARY_PAGE_TABLES);
        pages(map, "nr_swapcached", SWAP_CACHED);
        for (String zone : new String[] {"nr_", "nr_zone_"}) {
            pages(map, zone + "active_anon", ACTIVE_ANON);
            pages(map, zone + "inactive_anon", INACTIVE_ANON);
            pages(map, zone + "active_file", ACTIVE_FILE);
            pages(map, zone + "inactive_file", INACTIVE_FILE);
            pages(map, zone + "unevictable", UNEVICTABLE);
        }
        map.put("nr_zone_write_pending", (m, _, _) -> (m.item(DIRTY) + m.item(WRITEBACK)) / PAGE);
        map.put("nr_anon_transparent_hugepages", (m, _, _) -> m.item(ANON_HUGE) / HUGE_PAGE);
        map.put("nr_shmem_hugepages", (m, _, _) -> m.item(SHMEM_HUGE) / HUGE_PAGE);
        map.put("nr_file_hugepages", (m, _, _) -> m.item(FILE_HUGE) / HUGE_PAGE);
        map.put("nr_kernel_stack", (m, _, _) -> m.item(KERNEL_STACK) / KIB);
        map.put("nr_free_pages", (_, _, free) -> free * KIB / PAGE);
        map.put("nr_dirty_threshold", (m, _, free) -> dirtyable(m, free) * DIRTY_PERCENT / 100);
        map.put("nr_dirty_background_threshold", (m, _, free) -> dirtyable(m, free) * BACKGROUND_PERCENT / 100);
        // In KiB that were read from and written to block devices.
        map.put("pgpgin", (_, io, _) -> io.sum(Counter.READ_BYTES) / KIB);
        map.put("pgpgout", (_, io, _) -> io.sum(Counter.WRITTEN_BYTES) / KIB);
        for (MemoryItem event : new MemoryItem[] {
            FAULTS,
            MAJOR_FAULTS,
            SWAPPED_IN,
            SWAPPED_OUT,
            REFAULTED_ANON,
            REFAULTED_FILE,
            ACTIVATED_ANON,
            ACTIVATED_FILE,
            RESTORED_ANON,
            RESTORED_FILE,
            NODES_RECLAIMED,
            SCANNED_BY_KSWAPD,
            SCANNED_DIRECTLY,
            STOLEN_BY_KSWAPD,
            STOLEN_DIRECTLY,
            REFILLED,
            ACTIVATED,
            DEACTIVATED,
            LAZILY_FREED,
            HUGE_FAULTS,
            HUGE_COLLAPSES
        }) {
            map.put(event.eventName(), (m, _, _) -> m.item(event));
        }
        return map;
    }

    private static void pages(Map<String, Source> map, String name, MemoryItem item) {
        map.put(name, (memory, _, _) -> memory.item(item) / PAGE);
    }

    /** {@code global_dirtyable_memory}: what is free, and the file pages that could be dirty. */
    private static long dirtyable(MemoryReading memory, long freeKib) {
        return (freeKib * KIB + memory.item(ACTIVE_FILE) + memory.item(INACTIVE_FILE)) / PAGE;
    }
}
