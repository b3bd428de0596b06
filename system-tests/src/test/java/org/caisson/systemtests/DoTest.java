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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code caisson do} and its options. */
class DoTest {
    @TempDir
    Path scratch = Path.of("");

    private Caisson caisson = new Caisson(scratch);

    @BeforeEach
    void useScratch() {
        caisson = new Caisson(scratch);
    }

    @Test
    void readmeCommandShowsRootHostnameFilesAndUptime() throws Exception {
        var out = caisson.doShell("id; hostname; ls /; cat /proc/uptime").output();
        assertThat(out)
                .contains("uid=0(root) gid=0(root)")
                .contains("caisson\n")
                .contains("etc\n")
                .contains("usr\n");
        var uptime = out.lines().toList().getLast().split(" ", -1);
        assertThat(Double.parseDouble(uptime[0])).isBetween(0.0, 60.0);
    }

    @ParameterizedTest
    @CsvSource({"exit 0, 0", "exit 3, 3", "exit 255, 255", "kill -9 $$, 137", "kill -15 $$, 143"})
    void exitStatusIsThePrograms(String script, int status) throws Exception {
        assertThat(caisson.doShell(script).status()).isEqualTo(status);
    }

    @Test
    void missingCommandGives127AndNotExecutableGives126() throws Exception {
        var missing = caisson.run("do", "--", "no-such-program-anywhere");
        assertThat(missing.status()).isEqualTo(127);
        assertThat(missing.err().lines()).hasSize(1).first().asString().contains("no-such-program-anywhere");
        var directory = caisson.run("do", "--", "/etc");
        assertThat(directory.status()).isEqualTo(126);
        assertThat(directory.err().lines()).hasSize(1);
    }

    /** In a mount namespace of the test's own, so that the host stays as it is. */
    @Test
    void fileSystemsBeneathTheHostsRootAreSeenAndNeverChanged() throws Exception {
        var home = Files.createDirectory(scratch.resolve("home"));
        var ours = String.join(" ", caisson.commandLine(List.of("do")));
        var script = "mount -t tmpfs t " + home + " && echo seen > " + home + "/file && chmod 600 " + home
                + "/file && cd "
                + home + " && " + ours
                + " -- sh -c 'pwd; cat file; echo changed > file; rm -r /etc; touch new; ls' && cat "
                + home + "/file && ls " + home + " && " + ours + " --read-only -- sh -c 'cat file; touch x || echo no'";

        var out = Caisson.host(scratch, "unshare", "--mount", "sh", "-c", script);

        assertThat(out.output().lines())
                .containsExactly(home.toString(), "seen", "file", "new", "seen", "file", "seen", "no");
        assertThat(Path.of("/etc/passwd")).exists();
    }

    @Test
    void whereTheCallersDirectoryIsNotInTheContainerTheProgramStartsInTheRoot() throws Exception {
        var ours = String.join(" ", caisson.commandLine(List.of("do")));

        var out = Caisson.host(
                scratch,
                "sh",
                "-c",
                "cd /run && mkdir -p caisson-cwd && cd " + "caisson-cwd && " + ours
                        + " --tmpfs /run -- pwd; rmdir /run/caisson-cwd");
        assertThat(out.output()).isEqualTo("/\n");
        assertThat(out.err()).contains("the directory /run/caisson-cwd is not in the container");

        var named = caisson.run("do", "-w", "/no/such/place", "--", "pwd");
        assertThat(named.status()).isEqualTo(125);
        assertThat(named.err()).contains("working directory /no/such/place");
    }

    @Test
    void deletingTheRootInsideHarmsNothingOutside() throws Exception {
        var before = Caisson.host(scratch, "sh", "-c", "ls -laR /etc | cksum").output();
        var out = caisson.doShell("rm -rf /etc /usr/share/doc && ls -d /etc 2>&1; echo new > /fresh; cat /fresh");
        assertThat(out.output()).contains("cannot access").contains("new");
        assertThat(Caisson.host(scratch, "sh", "-c", "ls -laR /etc | cksum").output())
                .isEqualTo(before);
        assertThat(Path.of("/fresh")).doesNotExist();
    }

    @Test
    void filesLookOwnedAsOnTheHost() throws Exception {
        var script = "stat -c '%n %u %g %a %F' /etc/passwd /etc/shadow /usr/bin/passwd /var/mail /tmp /root";
        assertThat(caisson.doShell(script).output())
                .isEqualTo(Caisson.host(scratch, "sh", "-c", script).output());
    }

    @Test
    void containerRootIsNobodyOnTheHost() throws Exception {
        var map = caisson.doShell("cat /proc/self/uid_map").output().trim().split("\\s+", -1);
        assertThat(map[0]).isEqualTo("0");
        assertThat(Long.parseLong(map[1])).isGreaterThanOrEqualTo(65536);
        assertThat(map[2]).isEqualTo("65536");
    }

    @Test
    void twoContainersHaveDisjointIdRanges() throws Exception {
        // Each lives until its input ends, so that both are there at once.
        var arguments = List.of("do", "-i", "--", "sh", "-c", "cat /proc/self/uid_map; read end");
        var first = caisson.start(arguments, Map.of());
        var second = caisson.start(arguments, Map.of());
        for (var one : List.of(first, second)) {
            Await.until(
                    "it shows its map", Duration.ofSeconds(60), () -> one.out().endsWith("\n"));
        }
        assertThat(mapped(first.out()).base()).isNotEqualTo(mapped(second.out()).base());
        for (var one : List.of(first, second)) {
            one.process().getOutputStream().close();
            Caisson.finish(one);
        }
        var lower = Math.min(mapped(first.out()).base(), mapped(second.out()).base());
        var higher = Math.max(mapped(first.out()).base(), mapped(second.out()).base());
        assertThat(lower + mapped(first.out()).count()).isLessThanOrEqualTo(higher);
    }

    private record Mapped(long base, long count) {}

    private static Mapped mapped(String line) {
        var words = line.strip().split("\\s+", -1);
        return new Mapped(Long.parseLong(words[1]), Long.parseLong(words[2]));
    }

    @Test
    void environmentIsGivenByOptionAndFileAndNotInherited() throws Exception {
        var file = Files.writeString(scratch.resolve("env"), "# comment\nFROM_FILE=yes\nTAKEN\n");
        var running = caisson.start(
                List.of("do", "-e", "A=1", "-e", "TAKEN2", "--env-file", file.toString(), "--", "env"),
                Map.of("TAKEN", "t", "TAKEN2", "u", "SECRET", "no"));
        assertThat(Caisson.finish(running).output().lines())
                .contains("A=1", "FROM_FILE=yes", "TAKEN=t", "TAKEN2=u")
                .noneMatch(line -> line.startsWith("SECRET"));
    }

    @Test
    void workingDirectoryUserAndHostnameAreSet() throws Exception {
        var out = caisson.doShell("pwd; id -u; id -g; hostname", "-w", "/usr", "-u", "1:2", "-h", "box")
                .output();
        assertThat(out).isEqualTo("/usr\n1\n2\nbox\n");
        assertThat(caisson.doShell("id -un", "-u", "daemon").output()).isEqualTo("daemon\n");
    }

    @Test
    void volumeIsWritableWithTheOwnersIdsAndReadOnlyWhenAsked() throws Exception {
        var directory = Files.createDirectory(scratch.resolve("volume"));
        Files.writeString(directory.resolve("given"), "host\n");
        var out = caisson.doShell("cat /v/given; stat -c %u /v/given; echo inside > /v/made", "-v", directory + ":/v");
        assertThat(out.output()).isEqualTo("host\n0\n");
        assertThat(directory.resolve("made")).hasContent("inside");
        assertThat(Files.getAttribute(directory.resolve("made"), "unix:uid")).isEqualTo(0);
        var readOnly = caisson.doShell("echo x > /v/no", "-v", directory + ":/v:ro");
        assertThat(readOnly.status()).isNotZero();
        assertThat(readOnly.err()).contains("Read-only file system");
    }

    @Test
    void readOnlyRootRefusesWritesButTmpfsTakesThem() throws Exception {
        var out = caisson.doShell(
                "echo x > /root/no; echo y > /scratch/yes && cat /scratch/yes",
                "--read-only",
                "--tmpfs",
                "/scratch:size=1m");
        assertThat(out.err()).contains("Read-only file system");
        assertThat(out.out()).isEqualTo("y\n");
        assertThat(caisson.doShell(
                                "dd if=/dev/zero of=/scratch/big bs=64k count=32 2>&1", "--tmpfs", "/scratch:size=1m")
                        .out())
                .contains("No space left on device");
    }

    @Test
    void ulimitIsSet() throws Exception {
        assertThat(caisson.doShell("ulimit -n; ulimit -Hn", "--ulimit", "nofile=512:1024")
                        .output())
                .isEqualTo("512\n1024\n");
    }

    @Test
    void networkNoneHasLoopbackUpOnly() throws Exception {
        var out = caisson.doShell("ls /sys/class/net; cat /sys/class/net/lo/flags", "--network", "none")
                .output();
        assertThat(out.lines()).containsExactly("lo", "0x9");
    }

    @Test
    void networkHostIsTheHosts() throws Exception {
        assertThat(caisson.doShell("readlink /proc/self/ns/net", "--network", "host")
                        .output()
                        .trim())
                .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
    }

    @Test
    void capabilitiesAreDroppedAndAdded() throws Exception {
        var none = caisson.doShell("grep CapBnd /proc/self/status", "--cap-drop", "ALL")
                .output();
        assertThat(none).contains("0000000000000000");
        var one = caisson.doShell("grep CapEff /proc/self/status", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN")
                .output();
        assertThat(one).contains("0000000000001000");
    }

    @Test
    void pidsLimitStopsForks() throws Exception {
        var out = caisson.doShell(
                "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 5 & done; echo started",
                "--pids-limit",
                "8");
        assertThat(out.out() + out.err()).containsIgnoringCase("fork");
    }

    @Test
    void cpusetLimitsWhereThingsRun() throws Exception {
        assertThat(caisson.doShell("nproc; grep Cpus_allowed_list /proc/self/status", "--cpuset-cpus", "0")
                        .output())
                .isEqualTo("1\nCpus_allowed_list:\t0\n");
    }

    @Test
    void memoryLimitKillsWhatOutgrowsIt() throws Exception {
        var out =
                caisson.run("do", "--memory", "64m", "--", "python3", "-c", "b = bytearray(200 << 20); print(len(b))");
        assertThat(out.status()).isEqualTo(137);
    }

    @Test
    void standardInputReachesTheProgram() throws Exception {
        var command = String.join(" ", caisson.commandLine(List.of("do", "-i", "--", "cat")));
        assertThat(Caisson.host(scratch, "sh", "-c", "printf 'a\\nb\\n' | " + command)
                        .output())
                .isEqualTo("a\nb\n");
    }

    @Test
    void orphansAreReaped() throws Exception {
        var out = caisson.doShell(
                "(sh -c 'exit 0' &) ; i=0; while [ $i -lt 100 ] && ps -eo stat | grep -q Z; do i=$((i+1)); done; ps -eo stat,comm | grep -c '^Z' ; true");
        assertThat(out.output().trim()).isEqualTo("0");
    }
}
