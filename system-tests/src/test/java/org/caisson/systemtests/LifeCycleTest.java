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
