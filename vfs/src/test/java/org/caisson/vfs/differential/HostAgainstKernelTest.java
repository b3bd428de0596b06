package org.caisson.vfs.differential;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.LinkProtection;
import org.caisson.vfs.host.HostCaching;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random sequences by three users with groups in common, who set access control lists, on a directory of the host and on the kernel's own:
 * on tmpfs, and on whatever file system temporary files are. More of them: {@code -Dcaisson.differential.seeds=20}, longer: {@code
 * -Dcaisson.differential.steps=5000}.
 */
@ExtendWith(FdLeakCheck.class)
class HostAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.differential.steps", 600);
    private static final int SEEDS = Integer.getInteger("caisson.differential.seeds", 1);
    private static final String SPACE = Integer.toString(64 * 4096);
    private static final String INODES = "60";

    private static HostOptions options(String caching) {
        HostOptions exclusive = HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE);
        return switch (caching) {
            case "none" -> HostOptions.DEFAULT;
            case "timed" -> HostOptions.DEFAULT.withCaching(HostCaching.timed(Duration.ofHours(1)));
            case "small" -> exclusive.withLimits(2, 5);
            default -> exclusive;
        };
    }

    /**
     * Modes of fallocate(2) that a file system may not have are left out: set-id bits go before it is asked, where the kernel lets it refuse
     * first.
     */
    private static List<Step> steps(long seed) {
        List<Step> steps = new RandomSteps(seed).make(STEPS, 20);
        steps.replaceAll(step -> step.call() == Step.Call.FALLOCATE ? step.flags(step.flags() & 0x103) : step);
        return steps;
    }

    private static int umask(long seed) {
        return new int[] {022, 027, 0}[(int) (seed % 3)];
    }

    @ParameterizedTest(name = "seed {0}, {1}")
    @CsvSource({"1, none", "101, exclusive", "201, timed", "301, small"})
    void everyCallEndsAsOnTmpfs(long first, String caching) throws Exception {
        for (long seed = first; seed < first + SEEDS; seed++) {
            LinkProtection protection = KernelSubject.protection();
            int umask = umask(seed);
            try (ExecutorService thread = hostThread()) {
                String limits = "mode=1777,size=" + SPACE + ",nr_inodes=" + INODES;
                Differential differential = new Differential(
                        umask,
                        directory -> MountCalls.mount("none", directory, "tmpfs", MountFlags.MS_NODEV, limits),
                        () -> HostSubject.make(() -> temporary(options(caching)), protection, umask, thread));
                differential.compare(seed, steps(seed));
            }
        }
    }

    /** Started before any other thread changes its root, for a thread has that of who starts it. */
    private static ExecutorService hostThread() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        thread.submit(() -> {}).get();
        return thread;
    }

    private static HostFileSystem temporary(HostOptions options) throws ErrnoException {
        try (OwnedFd context = MountCalls.fsopen("tmpfs")) {
            MountCalls.fsconfigString(context.number(), "mode", "1777");
            MountCalls.fsconfigString(context.number(), "size", SPACE);
            MountCalls.fsconfigString(context.number(), "nr_inodes", INODES);
            MountCalls.fsconfigCreate(context.number());
            try (OwnedFd mounted = MountCalls.fsmount(context.number(), 0)) {
                return HostFileSystem.of(mounted, options);
            }
        }
    }

    @ParameterizedTest(name = "seed {0}, {1}")
    @CsvSource({"401, none", "501, exclusive", "601, small"})
    void everyCallEndsAsInADirectoryOfTheHost(long first, String caching) throws Exception {
        for (long seed = first; seed < first + SEEDS; seed++) {
            LinkProtection protection = KernelSubject.protection();
            int umask = umask(seed);
            Path base = Files.createTempDirectory("caisson-differential-host");
            try (ExecutorService thread = hostThread()) {
                Differential differential = new Differential(
                        umask,
                        directory -> bind(empty(base, "theirs"), directory),
                        () -> HostSubject.make(
                                () -> HostFileSystem.open(empty(base, "ours"), options(caching)),
                                protection,
                                umask,
                                thread));
                differential.leaveSpaceOut().compare(seed, steps(seed));
            } finally {
                delete(base);
            }
        }
    }

    private static void bind(String source, String directory) throws ErrnoException {
        MountCalls.mount(source, directory, "", MountFlags.MS_BIND, "");
        MountCalls.mount("", directory, "", MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_NODEV, "");
    }

    private static String empty(Path base, String prefix) {
        try {
            Path made = Files.createTempDirectory(base, prefix);
            Files.setAttribute(made, "unix:mode", 01777);
            return made.toString();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) throws Exception {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
