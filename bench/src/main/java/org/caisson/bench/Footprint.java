package org.caisson.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What some processes hold: proportional set size ({@code /proc/PID/smaps_rollup}) and threads. */
record Footprint(long pssKibibytes, int threads) {
    static Footprint of(List<ProcessHandle> processes) throws IOException {
        long pss = 0;
        int threads = 0;
        for (ProcessHandle process : processes) {
            Path directory = Path.of("/proc", Long.toString(process.pid()));
            pss += field(directory.resolve("smaps_rollup"), "Pss:");
            threads += (int) field(directory.resolve("status"), "Threads:");
        }
        return new Footprint(pss, threads);
    }

    /** Of the {@code caisson} process and those below it that run Caisson's own programs. */
    static Footprint ofContainer(ProcessHandle caisson) throws IOException {
        List<ProcessHandle> own = new ArrayList<>(List.of(caisson));
        for (ProcessHandle process : caisson.descendants().toList()) {
            if (isCaisson(process)) {
                own.add(process);
            }
        }
        return of(own);
    }

    private static boolean isCaisson(ProcessHandle process) throws IOException {
        try {
            String executable = Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "exe"))
                    .toString();
            return executable.contains("caisson-stage") || executable.endsWith("/java");
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    /** A line of a file of /proc that tells a number of KiB, or of anything. */
    static long field(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(name)) {
                return Long.parseLong(
                        line.substring(name.length()).replace("kB", "").strip());
            }
        }
        throw new IOException(file + " has no " + name);
    }
}
