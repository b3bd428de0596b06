package org.caisson.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs of the OCI life cycle on a bundle with busybox. */
class LifeCycleTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);
    private Path bundle = scratch;

    @BeforeEach
    void makeBundle() throws Exception {
        caisson = new Caisson(scratch);
        bundle = Files.createDirectory(scratch.resolve("bundle"));
        var bin = Files.createDirectories(bundle.resolve("rootfs/bin"));
        for (var directory : List.of("proc", "sys", "dev", "tmp", "etc")) {
            Files.createDirectory(bundle.resolve("rootfs").resolve(directory));
        }
        Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
        for (var applet : List.of("sh", "sleep", "cat", "ls", "ps", "id", "hostname", "true", "echo", "kill", "head")) {
            Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
        }
    }

    private String spec(String... arguments) throws Exception {
        caisson.run("spec", "--bundle", bundle.toString()).output();
        var spec = Files.readString(bundle.resolve("config.json"));
        Files.delete(bundle.resolve("config.json"));
        var list = "[\"" + String.join("\", \"", arguments) + "\"]";
        return spec.replaceFirst(
                        "(?s)\"args\"\\s*:\\s*\\[.*?]", java.util.regex.Matcher.quoteReplacement("\"args\": " + list))
                .replaceFirst("\"terminal\"\\s*:\\s*true", "\"terminal\": false");
    }

    private void writeSpec(String... arguments) throws Exception {
        Files.writeString(bundle.resolve("config.json"), spec(arguments));
    }

    private String status(String id) throws Exception {
        var state = caisson.run("state", id).output();
        var matcher =
                java.util.regex.Pattern.compile("\"status\"\\s*:\\s*\"(\\w+)\"").matcher(state);
        assertThat(matcher.find()).as(state).isTrue();
        return matcher.group(1);
    }

    @Test
    void createStartKillDelete() throws Exception {
        writeSpec("sleep", "1000");
        var pidFile = scratch.resolve("pid");
        caisson.run("create", "--bundle", bundle.toString(), "--pid-file", pidFile.toString(), "one")
                .output();
        assertThat(status("one")).isEqualTo("created");
        assertThat(Path.of("/proc", Files.readString(pidFile).trim())).exists();
        caisson.run("start", "one").output();
        assertThat(status("one")).isEqualTo("running");
        assertThat(caisson.run("list").output()).contains("one").contains("running");
        assertThat(caisson.run("ps", "one").output()).contains("sleep 1000");
        assertThat(caisson.run("delete", "one").status()).isNotZero();
        caisson.run("kill", "one", "KILL").output();
        Await.until(
                "the container has stopped",
                Duration.ofSeconds(10),
                () -> status("one").equals("stopped"));
        caisson.run("delete", "one").output();
        assertThat(caisson.run("state", "one").status()).isNotZero();
        assertThat(caisson.run("list").output()).doesNotContain("one");
    }

    @Test
    void createdContainerIsDeletedByForce() throws Exception {
        writeSpec("sleep", "1000");
        caisson.run("create", "--bundle", bundle.toString(), "two").output();
        assertThat(caisson.run("create", "--bundle", bundle.toString(), "two").err())
                .contains("two");
        caisson.run("delete", "--force", "two").output();
        assertThat(caisson.run("state", "two").status()).isNotZero();
    }

    @Test
    void execEntersTheContainer() throws Exception {
        var id = caisson.run(
                "run",
                "-d",
                "--name",
                "three",
                "--memory",
                "256m",
                "--rootfs",
                bundle.resolve("rootfs").toString(),
                "sleep",
                "1000");
        assertThat(id.output().trim()).isEqualTo("three");
        var inside = caisson.run(
                "exec",
                "-e",
                "X=1",
                "-w",
                "/tmp",
                "three",
                "sh",
                "-c",
                "echo $X; pwd; id -u; head -n 1 /proc/meminfo; ps | head -n 2; exit 7");
        assertThat(inside.status()).isEqualTo(7);
        assertThat(inside.out())
                .startsWith("1\n/tmp\n0\n")
                .contains("262144 kB")
                .contains("sleep 1000");
        assertThat(caisson.run("exec", "three", "no-such-program").status()).isEqualTo(127);
        assertThat(caisson.run("exec", "three", "busybox", "umount", "/proc/uptime")
                        .status())
                .isNotZero();
        caisson.run("rm", "-f", "three").output();
    }

    private String rootfs() {
        return bundle.resolve("rootfs").toString();
    }

    @Test
    void execRunsAsAnotherUser() throws Exception {
        caisson.run("run", "-d", "--name", "users", "--rootfs", rootfs(), "sleep", "1000")
                .output();
        assertThat(caisson.run("exec", "-u", "7:8", "users", "id").output()).startsWith("uid=7 gid=8");
        caisson.run("rm", "-f", "users").output();
    }

    @Test
    void initIsTheParentOfTheProgram() throws Exception {
        assertThat(caisson.run("run", "--rootfs", rootfs(), "sh", "-c", "echo $$")
                        .output())
                .isEqualTo("1\n");
        assertThat(caisson.run("run", "--init", "--rootfs", rootfs(), "sh", "-c", "echo $$")
                        .output())
                .isEqualTo("2\n");
    }

    @Test
    void killAllReachesEveryProcess() throws Exception {
        caisson.run("run", "-d", "--name", "many", "--rootfs", rootfs(), "sh", "-c", "sleep 1000 & exec sleep 2000")
                .output();
        Await.until(
                "both run",
                Duration.ofSeconds(10),
                () -> caisson.run("ps", "-q", "many").output().lines().count() == 2);
        var child = caisson.run("ps", "many")
                .output()
                .lines()
                .filter(line -> line.contains("sleep 1000"))
                .findFirst()
                .orElseThrow()
                .split("\\s+", -1)[0];
        // STOP ends nothing and can be seen on each.
        caisson.run("kill", "--all", "many", "STOP").output();
        for (var pid : caisson.run("ps", "-q", "many").output().lines().toList()) {
            Await.until(
                    "it is stopped",
                    Duration.ofSeconds(10),
                    () -> Files.readString(Path.of("/proc", pid, "status")).contains("State:\tT"));
        }
        caisson.run("kill", "--all", "many", "KILL").output();
        Await.until(
                "all have ended",
                Duration.ofSeconds(10),
                () -> !Files.exists(Path.of("/proc", child)) && status("many").equals("stopped"));
        caisson.run("rm", "many").output();
    }

    @Test
    void severalAreRemovedAtOnce() throws Exception {
        for (var id : List.of("r1", "r2")) {
            caisson.run("run", "--name", id, "--rootfs", rootfs(), "true").output();
        }
        assertThat(caisson.run("ps", "-aq").output().lines()).containsExactlyInAnyOrder("r1", "r2");
        assertThat(caisson.run("rm", "r1", "r2").output()).isEqualTo("r1\nr2\n");
        assertThat(caisson.run("ps", "-aq").output()).isEmpty();
    }

    /** What the kernel was told: a limit that a program can be seen to keep would take a time to measure. */
    @Test
    void limitsAreInForceInTheContainersGroups() throws Exception {
        caisson.run(
                        "run",
                        "-d",
                        "--name",
                        "limits",
                        "--cpus",
                        "0.25",
                        "--cpu-shares",
                        "512",
                        "--memory",
                        "64m",
                        "--memory-swap",
                        "80m",
                        "--pids-limit",
                        "33",
                        "--rootfs",
                        rootfs(),
                        "sleep",
                        "1000")
                .output();
        var groups = ControlGroups.of(caisson.run("ps", "-q", "limits").output().strip());
        if (groups.has("cpu")) {
            assertThat(groups.value("cpu", "cpu.cfs_quota_us")).isEqualTo("25000");
            assertThat(groups.value("cpu", "cpu.cfs_period_us")).isEqualTo("100000");
            assertThat(groups.value("cpu", "cpu.shares")).isEqualTo("512");
            assertThat(groups.value("memory", "memory.limit_in_bytes")).isEqualTo(Long.toString(64 << 20));
            groups.valueIfThere("memory", "memory.memsw.limit_in_bytes")
                    .ifPresent(both -> assertThat(both).isEqualTo(Long.toString(80 << 20)));
            assertThat(groups.value("pids", "pids.max")).isEqualTo("33");
        } else {
            assertThat(groups.value("", "cpu.max")).isEqualTo("25000 100000");
            assertThat(groups.value("", "cpu.weight")).isEqualTo("20");
            assertThat(groups.value("", "memory.max")).isEqualTo(Long.toString(64 << 20));
            groups.valueIfThere("", "memory.swap.max")
                    .ifPresent(swap -> assertThat(swap).isEqualTo(Long.toString(16 << 20)));
            assertThat(groups.value("", "pids.max")).isEqualTo("33");
        }
        caisson.run("rm", "-f", "limits").output();
    }

    @Test
    void pauseStopsAndResumeGoesOn() throws Exception {
        var counter = bundle.resolve("rootfs/tmp/counter");
        caisson.run(
                        "run",
                        "-d",
                        "--name",
                        "four",
                        "--rootfs",
                        bundle.resolve("rootfs").toString(),
                        "sh",
                        "-c",
                        "while true; do echo x >> /tmp/counter; sleep 0.02; done")
                .output();
        Await.until("it counts", Duration.ofSeconds(10), () -> Files.exists(counter) && Files.size(counter) > 0);
        caisson.run("pause", "four").output();
        assertThat(status("four")).isEqualTo("paused");
        long paused = Files.size(counter);
        assertThat(caisson.run("ps", "four").output()).contains("sh");
        assertThat(Files.size(counter)).isEqualTo(paused);
        caisson.run("resume", "four").output();
        Await.until("it counts on", Duration.ofSeconds(10), () -> Files.size(counter) > paused);
        caisson.run("kill", "four", "KILL").output();
        caisson.run("rm", "-f", "four").output();
    }

    @Test
    void runGivesTheProgramsStatusAndRemovesTheContainer() throws Exception {
        var rootfs = bundle.resolve("rootfs").toString();
        assertThat(caisson.run("run", "--rm", "--rootfs", rootfs, "sh", "-c", "exit 4")
                        .status())
                .isEqualTo(4);
        writeSpec("sh", "-c", "hostname; exit 5");
        assertThat(caisson.run("run", "--rm", "--bundle", bundle.toString()).status())
                .isEqualTo(5);
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    @Test
    void psListsContainersAsJson() throws Exception {
        caisson.run(
                        "run",
                        "-d",
                        "--name",
                        "five",
                        "--rootfs",
                        bundle.resolve("rootfs").toString(),
                        "sleep",
                        "1000")
                .output();
        assertThat(caisson.run("ps").output()).contains("five");
        assertThat(caisson.run("ps", "--format", "json").output())
                .startsWith("[")
                .contains("\"five\"");
        caisson.run("rm", "-f", "five").output();
    }

    @Test
    void twoCallersOfTheSameNameGetOneContainer() throws Exception {
        var arguments = List.of(
                "run",
                "-d",
                "--name",
                "six",
                "--rootfs",
                bundle.resolve("rootfs").toString(),
                "sleep",
                "1000");
        var first = caisson.start(arguments, Map.of());
        var second = caisson.start(arguments, Map.of());
        var statuses =
                List.of(Caisson.finish(first).status(), Caisson.finish(second).status());
        assertThat(statuses).containsExactlyInAnyOrder(0, 125);
        caisson.run("rm", "-f", "six").output();
    }

    @Test
    void deadKeepersContainerIsStoppedAndCanBeDeleted() throws Exception {
        caisson.run(
                        "run",
                        "-d",
                        "--name",
                        "seven",
                        "--rootfs",
                        bundle.resolve("rootfs").toString(),
                        "sleep",
                        "1000")
                .output();
        var keepers = HostSnapshot.take().processes().stream()
                .filter(p -> p.contains("keeper"))
                .toList();
        assertThat(keepers).hasSize(1);
        Caisson.host(scratch, "kill", "-9", keepers.getFirst().split(" ", -1)[0])
                .output();
        Await.until(
                "the container has stopped",
                Duration.ofSeconds(20),
                () -> status("seven").equals("stopped"));
        caisson.run("rm", "seven").output();
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    @Test
    void hostileLinksInTheRootfsLeadNowhere() throws Exception {
        Files.delete(bundle.resolve("rootfs/proc"));
        Files.createSymbolicLink(bundle.resolve("rootfs/proc"), scratch.resolve("outside"));
        Files.createDirectory(scratch.resolve("outside"));
        var result =
                caisson.run("run", "--rm", "--rootfs", bundle.resolve("rootfs").toString(), "true");
        assertThat(scratch.resolve("outside")).isEmptyDirectory();
        assertThat(result.err()).doesNotContain("Exception");
    }

    @Test
    void informationalVerbsAnswer() throws Exception {
        assertThat(caisson.run("version").output()).startsWith("caisson ");
        assertThat(caisson.run("features").output())
                .contains("\"ociVersionMin\"")
                .contains("\"namespaces\"");
        assertThat(caisson.run("check").output()).contains("FUSE");
        caisson.run("spec", "--bundle", bundle.toString()).output();
        assertThat(bundle.resolve("config.json")).content().contains("\"ociVersion\"");
    }
}
