package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real programs at work on mounts of {@code caisson mount}: the scripts of {@code src/test/workloads}, which check what they did. With
 * {@code -Dcaisson.workloads=long} all of them run on each file system, and for longer.
 */
class WorkloadsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final boolean LONG =
            System.getProperty("caisson.workloads", "").equals("long");
    private static final long SECONDS = LONG ? 900 : 120;

    private static final List<String> TYPES =
            List.of("mem", "host", "host auto", "host passthrough", "overlay", "mem late");
    private static final List<String> SHORT_TYPES = List.of("mem", "host", "overlay", "mem late");
    private static final List<String> WORKLOADS = List.of("fio", "build", "sqlite", "rsync", "stress", "postgres");

    private static final Map<String, String> SHORTER = Map.of(
            "WORKLOAD_FIO_SIZE", "4m",
            "WORKLOAD_C_FILES", "10",
            "WORKLOAD_SQLITE_ROWS", "20",
            "WORKLOAD_RSYNC_FILES", "50",
            "WORKLOAD_STRESSORS", "metamix rename dentry",
            "WORKLOAD_PGBENCH_SECONDS", "2");

    private Path scratch = Path.of("");
    private Caisson caisson = new Caisson(scratch);
    private @Nullable HostSnapshot before;

    @BeforeEach
    void prepare() throws IOException {
        before = HostSnapshot.take();
        // PostgreSQL's user must be able to get there.
        scratch = Files.createTempDirectory(
                "caisson-work-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        caisson = new Caisson(scratch);
        for (String name : List.of("point", "lower", "upper", "work", "script")) {
            Files.createDirectory(scratch.resolve(name));
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (Files.readString(Path.of("/proc/self/mounts")).contains(" " + scratch + "/point ")) {
            caisson.run("umount", "--lazy", scratch.resolve("point").toString());
        }
        // Its output goes nowhere: what Caisson.host() runs leaves two files where it works.
        int status = new ProcessBuilder("rm", "-r", "--one-file-system", scratch.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        assertThat(status).as("status of rm").isZero();
        Await.until(
                "mount and server are gone", PATIENCE, () -> HostSnapshot.take().equals(before));
    }

    static Stream<Arguments> all() {
        List<Arguments> all = new ArrayList<>();
        for (String type : LONG ? TYPES : SHORT_TYPES) {
            for (String workload : WORKLOADS) {
                // It starts a cluster each time, which is long.
                if (LONG || !workload.equals("postgres") || type.equals("mem")) {
                    all.add(Arguments.of(type, workload));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("all")
    void worksOnAMount(String type, String workload) throws Exception {
        Path point = scratch.resolve("point");
        assumeTrue(Files.isDirectory(Path.of("/usr/lib/postgresql")) || !workload.equals("postgres"), "no PostgreSQL");
        caisson.run(mount(type, point)).output();
        Path script = Caisson.HOME.resolve("system-tests/src/test/workloads/" + workload + ".sh");
        List<String> command =
                new ArrayList<>(List.of("env", "-C", point.toString(), "SCRATCH=" + scratch + "/script"));
        if (!LONG) {
            SHORTER.forEach((name, value) -> command.add(name + "=" + value));
        }
        command.addAll(List.of("sh", script.toString()));
        Caisson.finish(Caisson.Running.start(command, Map.of(), scratch), SECONDS)
                .output();
        try (Stream<Path> left = Files.list(point)) {
            assertThat(left).isEmpty();
        }
        caisson.run("umount", point.toString()).output();
    }

    private List<String> mount(String type, Path point) {
        String upper = scratch.resolve("upper").toString();
        List<String> options = switch (type) {
            case "mem" -> List.of("--type", "mem");
            case "mem late" -> List.of("--type", "mem", "--writeback");
            case "host" -> List.of("--type", "host", "-o", "cache=always", upper);
            case "host auto" -> List.of("--type", "host", upper);
            case "host passthrough" -> List.of("--type", "host", "-o", "cache=always,passthrough", upper);
            default ->
                List.of(
                        "--type",
                        "overlay",
                        "-o",
                        "lowerdir=" + scratch.resolve("lower") + ",upperdir=" + upper + ",workdir="
                                + scratch.resolve("work"));
        };
        List<String> arguments = new ArrayList<>(List.of("mount"));
        arguments.addAll(options);
        arguments.add(point.toString());
        return arguments;
    }
}
