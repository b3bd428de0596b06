package org.caisson.vfs.mem;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;

/** How much memory the host has. */
final class HostMemory {
    private static final long PAGES = read();

    private HostMemory() {}

    /** In pages, as {@code /proc/meminfo} has it; a little if that cannot be read. */
    static long pages() {
        return PAGES;
    }

    private static long read() {
        try {
            String text = new String(FileCalls.readFile("/proc/meminfo"), StandardCharsets.US_ASCII);
            String total = text.lines()
                    .filter(line -> line.startsWith("MemTotal:"))
                    .findFirst()
                    .orElse("MemTotal: 0 kB");
            long kibibytes = Long.parseLong(total.replaceAll("\\D", ""));
            return Math.max(2, kibibytes * 1024 / PageStore.PAGE_SIZE);
        } catch (ErrnoException e) {
            return 2;
        }
    }
}
