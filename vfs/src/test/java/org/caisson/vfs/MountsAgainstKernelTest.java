package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.FdLeakCheck;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The same random calls on mounts, by the kernel and by Caisson: each must end with the same errno and leave the same mounts, by the
 * whole text of {@code mountinfo} and {@code mounts}. A longer run: {@code -Dcaisson.mounts.runs=10000}, one seed:
 * {@code -Dcaisson.mounts.seed=}.
 */
@ExtendWith(FdLeakCheck.class)
class MountsAgainstKernelTest {
    private static final int RUNS = Integer.getInteger("caisson.mounts.runs", 150);
    private static final int STEPS = Integer.getInteger("caisson.mounts.steps", 70);
    private static final long SEED = Long.getLong("caisson.mounts.seed", -1);

    /** So much text of {@code mountinfo} ends a sequence. */
    private static final int LONGEST = 60_000;

    /** How many tries shortening a sequence may cost. */
    private static final int TRIES = Integer.getInteger("caisson.mounts.tries", 400);

    private final Map<String, Integer> seen = new TreeMap<>();
    private FileSystemType type = new PlainTree.Type("tmpfs");
    private MountStep.@Nullable Kind dropped;

    @BeforeAll
    static void loadClasses() throws Exception {
        KernelTree.loadClasses();
    }

    @Test
    void randomCallsEndAsInTheKernel() throws Exception {
        runAll();
    }

    /** Without open files: which of them have no name any more is not asked of a memory file system that becomes read-only. */
    @Test
    void randomCallsOnMemoryFileSystemsEndAsInTheKernel() throws Exception {
        try (MappedPageStore store = MappedPageStore.anonymous()) {
            type = new MemoryType(store);
            dropped = MountStep.Kind.OPEN;
            runAll();
        }
    }

    /** Takes no options. */
    private record MemoryType(MappedPageStore store) implements FileSystemType {
        @Override
        public String name() {
            return "tmpfs";
        }

        @Override
        public FileSystemBuilder begin(FileSystemLog log) {
            return new FileSystemBuilder() {
                @Override
                public boolean take(FileSystemParameter option) {
                    return false;
                }

                @Override
                public FileSystem create(Name source) {
                    return new MemFileSystem(MemOptions.DEFAULT, store);
                }
            };
        }
    }

    private void runAll() throws Exception {
        for (int run = 1; run <= RUNS; run++) {
            long seed = SEED >= 0 ? SEED : run;
            List<MountStep> steps = steps(seed);
            steps.removeIf(step -> step.kind() == dropped);
            String difference = compare(steps);
            if (difference != null) {
                throw new AssertionError(report(seed, steps, difference));
            }
            if (SEED >= 0) {
                break;
            }
        }
        if (Boolean.getBoolean("caisson.mounts.verbose")) {
            System.out.println(seen);
        }
        assertThat(seen).containsKeys("MOUNT 0", "BIND 0", "MOVE 0", "PIVOT 0", "UNSHARE 0", "MOVE_MOUNT 0");
    }

    private static List<MountStep> steps(long seed) {
        Random random = new Random(seed);
        List<MountStep> steps = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            steps.add(MountStep.any(random));
        }
        return steps;
    }

    private String report(long seed, List<MountStep> steps, String difference) throws Exception {
        List<MountStep> shorter = new ArrayList<>(steps);
        String shown = difference;
        int tries = 0;
        int chunk = shorter.size() / 2;
        while (chunk > 0) {
            for (int at = 0; at < shorter.size() && tries < TRIES; ) {
                List<MountStep> without = new ArrayList<>(shorter);
                without.subList(at, Math.min(at + chunk, without.size())).clear();
                tries++;
                String other = compare(without);
                if (other == null) {
                    at += chunk;
                } else {
                    shorter = without;
                    shown = other;
                }
            }
            chunk /= 2;
        }
        StringBuilder text = new StringBuilder("seed " + seed + ", shortened:\n");
        shorter.forEach(step -> text.append("  ").append(step).append('\n'));
        return text.append(shown).toString();
    }

    private @Nullable String compare(List<MountStep> steps) throws Exception {
        Path directory = KernelTree.temporaryDirectory();
        FutureTask<@Nullable String> comparison = new FutureTask<>(() -> run(steps, directory));
        try {
            new Thread(comparison).start();
            return comparison.get(1, TimeUnit.MINUTES);
        } finally {
            Files.delete(directory);
        }
    }

    private @Nullable String run(List<MountStep> steps, Path directory) throws Exception {
        try (MountWorld kernel = new KernelMounts(directory);
                MountWorld ours = new CaissonMounts(type)) {
            int number = 0;
            for (MountStep step : steps) {
                int expected = step.apply(kernel);
                int actual = step.apply(ours);
                String name = expected < 0 ? Errno.of(-expected).name() : "0";
                seen.merge(step.kind() + " " + name, 1, Integer::sum);
                String difference = difference(kernel, ours, step, expected, actual);
                if (difference == null && number++ % 8 == 0) {
                    difference = difference(step, kernel.status(), ours.status());
                }
                // Shared mounts bound into each other double with each step.
                if (difference != null || kernel.mountinfo().length() > LONGEST) {
                    return difference;
                }
            }
        }
        return null;
    }

    private static @Nullable String difference(
            MountWorld kernel, MountWorld ours, MountStep step, int expected, int actual) {
        if (expected != actual) {
            return step + ": kernel " + expected + ", ours " + actual + "\n" + kernel.mountinfo();
        }
        String difference = difference(step, kernel.mountinfo(), ours.mountinfo());
        if (difference != null || kernel.mounts().equals(ours.mounts())) {
            return difference;
        }
        return step + ": kernel\n" + kernel.mounts() + "ours\n" + ours.mounts();
    }

    private static @Nullable String difference(MountStep step, String kernel, String ours) {
        String theirs = Mountinfo.renumbered(kernel);
        String mine = Mountinfo.renumbered(ours);
        return theirs.equals(mine) ? null : step + ": kernel\n" + theirs + "ours\n" + mine;
    }
}
