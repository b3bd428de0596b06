package org.caisson.vfs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same steps in a directory by the kernel and in a twin through Caisson: each must end alike. Where nothing is remembered, somebody
 * on the host also changes the twin behind Caisson's back.
 */
@ExtendWith(FdLeakCheck.class)
class HostAgainstKernelTest {
    private static final int STEPS = Integer.getInteger("caisson.host.steps", 3000);

    @ParameterizedTest(name = "seed {0}, {1}, {2}")
    @CsvSource({
        "1, /tmp, none",
        "2, /tmp, exclusive",
        "3, /dev/shm, none",
        "4, /dev/shm, exclusive",
        "5, /dev/shm, timed",
        "6, /tmp, small",
        "7, /dev/shm, small"
    })
    void everyStepEndsAsInTheKernel(long seed, Path under, String mode) throws Exception {
        Path directory = Files.createTempDirectory(under, "caisson-host");
        FutureTask<List<String>> comparison = new FutureTask<>(() -> compare(seed, directory, mode));
        try {
            Thread.ofPlatform().start(comparison);
            assertThat(comparison.get(2, TimeUnit.MINUTES)).isEmpty();
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws Exception {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static HostOptions options(String mode) {
        return switch (mode) {
            case "none" -> HostOptions.DEFAULT;
            case "timed" -> HostOptions.DEFAULT.withCaching(HostCaching.timed(Duration.ofHours(1)));
            case "small" ->
                HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE).withLimits(2, 5);
            default -> HostOptions.DEFAULT.withCaching(HostCaching.EXCLUSIVE);
        };
    }

    private static List<String> compare(long seed, Path directory, String mode) throws Exception {
        Path ours = Files.createDirectory(directory.resolve("ours"));
        Path kernels = Files.createDirectory(directory.resolve("kernels"));
        KernelSide.separateThread();
        Random random = new Random(seed);
        List<String> differences = new ArrayList<>();
        Map<String, Integer> seen = new TreeMap<>();
        for (String path : List.of(ours.toString(), kernels.toString())) {
            FileCalls.fchmodat(-100, path, 0777, 0);
        }
        try (OwnedFd theirFd = open(kernels);
                OwnedFd ourFd = open(ours);
                HostFileSystem fileSystem = HostFileSystem.open(ours.toString(), options(mode));
                KernelSide kernel = new KernelSide(theirFd.number());
                KernelSide behind = new KernelSide(ourFd.number());
                CaissonSide caisson = new CaissonSide(fileSystem)) {
            for (int number = 0; number < STEPS && differences.size() < 3; number++) {
                Step step = Step.next(random);
                boolean behindTheBack = mode.equals("none") && random.nextInt(4) == 0;
                String expected = kernel.run(step);
                String outcome = behindTheBack ? behind.run(step) : caisson.run(step);
                seen.merge(step.kind() + " " + expected.split(" ", 2)[0], 1, Integer::sum);
                if (!outcome.equals(expected)) {
                    differences.add(number + (behindTheBack ? " behind " : " ") + step + ": kernel " + expected
                            + ", Caisson " + outcome);
                }
            }
            if (Boolean.getBoolean("caisson.host.show")) {
                System.out.println(seen);
            }
        }
        return differences;
    }

    private static OwnedFd open(Path directory) throws ErrnoException {
        return FileCalls.open(directory.toString(), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
    }
}
