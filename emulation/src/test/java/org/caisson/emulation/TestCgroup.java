package org.caisson.emulation;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** Control groups of the running kernel with limits, on cgroup v1; removed at the end. */
final class TestCgroup implements AutoCloseable {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private static final long DEADLINE_NANOS = 10_000_000_000L;

    private final List<Path> directories = new ArrayList<>();
    private final ContainerCgroups cgroups;

    private TestCgroup() throws IOException {
        String name = "caisson-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        cgroups = new ContainerCgroups(
                make("memory", name),
                make("cpu", name),
                make("cpuacct", name),
                null,
                make("pids", name),
                make("blkio", name),
                makeUnified(name));
    }

    static TestCgroup create() throws IOException {
        Assumptions.assumeTrue(
                Files.exists(ROOT.resolve("memory/memory.limit_in_bytes")), "the host has no cgroup v1 hierarchies");
        return new TestCgroup();
    }

    private Path make(String controller, String name) throws IOException {
        Path directory = Files.createDirectory(ROOT.resolve(controller).resolve(name));
        directories.add(directory);
        return directory;
    }

    private @Nullable Path makeUnified(String name) throws IOException {
        return Files.exists(ROOT.resolve("unified/cgroup.procs")) ? make("unified", name) : null;
    }

    ContainerCgroups cgroups() {
        return cgroups;
    }

    TestCgroup memory(long bytes) throws IOException {
        return set(directories.get(0), "memory.limit_in_bytes", bytes);
    }

    TestCgroup cpus(int count) throws IOException {
        return set(directories.get(1), "cpu.cfs_quota_us", count * 100_000L);
    }

    private TestCgroup set(Path directory, String file, long value) throws IOException {
        Files.writeString(directory.resolve(file), Long.toString(value));
        return this;
    }

    /** The most memory that was ever charged to the group, in bytes. */
    long mostMemory() throws IOException {
        return Long.parseLong(Files.readString(directories.get(0).resolve("memory.max_usage_in_bytes"))
                .trim());
    }

    /** The throttle of v1 counts only for devices that have a limit, here one that nothing reaches. */
    void accountIo() throws IOException {
        Path limits = requireNonNull(cgroups.blkio()).resolve("blkio.throttle.write_bps_device");
        for (String line : Files.readAllLines(Path.of("/proc/partitions"))) {
            String[] words = line.trim().split("\\s+", -1);
            if (words[0].matches("[0-9]+")) {
                Files.writeString(limits, words[0] + ":" + words[1] + " 100000000000");
            }
        }
    }

    /** Whether the kernel tells how long the group's tasks wait. */
    boolean hasPressure() {
        Path unified = cgroups.unified();
        return unified != null && Files.exists(unified.resolve("cpu.pressure"));
    }

    /** Shell commands that put the shell into the groups. */
    String enter() {
        StringBuilder script = new StringBuilder();
        for (Path directory : directories) {
            script.append("echo $$ > ").append(directory).append("/cgroup.procs && ");
        }
        return script.toString();
    }

    /** Removes the groups; who was in them must have ended. */
    @Override
    public void close() throws IOException {
        for (Path directory : directories) {
            delete(directory);
        }
    }

    /** A process that has ended leaves its group a moment later: EBUSY until then. */
    private static void delete(Path directory) throws IOException {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (true) {
            try {
                Files.delete(directory);
                return;
            } catch (IOException busy) {
                if (System.nanoTime() > deadline) {
                    throw busy;
                }
                Thread.onSpinWait();
            }
        }
    }
}
