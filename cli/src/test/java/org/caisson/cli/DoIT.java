package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.cli.Caisson.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every option of {@code caisson do}, seen from inside a real container. */
@ExtendWith(NothingLeft.class)
class DoIT {
    @TempDir
    Path directory;

    private Caisson caisson;

    /** The command that is tested, with a state of its own. */
    Caisson fresh() throws Exception {
        return Caisson.withOwnState();
    }

    @BeforeEach
    void open() throws Exception {
        caisson = fresh();
    }

    @AfterEach
    void close() throws Exception {
        caisson.close();
    }

    @Test
    void aProgramOfTheHostIsRootInASystemOfItsOwn() throws Exception {
        Result result =
                caisson.run("do", "--", "sh", "-c", "id -u; hostname; cat /proc/uptime | wc -w; ls -d /etc /proc /usr");
        assertThat(result.errors()).isEmpty();
        assertThat(result.output()).isEqualTo("0\ncaisson\n2\n/etc\n/proc\n/usr\n");
        assertThat(result.status()).isZero();
    }

    @Test
    void whatTheProgramDoesToTheRootHarmsNothing() throws Exception {
        Result result = caisson.run(
                "do",
                "--",
                "sh",
                "-c",
                "rm -rf /etc/* && ls /etc | wc -l && echo mine > /etc/passwd && cat /etc/passwd");
        assertThat(result.output()).endsWith("0\nmine\n");
        assertThat(Path.of("/etc/passwd")).content().contains("root:");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true                    | 0",
                "false                   | 1",
                "sh -c 'exit 42'         | 42",
                "sh -c 'kill -9 $$'      | 137",
                "sh -c 'kill -TERM $$'   | 143",
            })
    void theStatusIsTheProgramsOr128PlusTheSignal(String command, int status) throws Exception {
        Result result = caisson.run("do", "--", "sh", "-c", "exec " + command);
        assertThat(result.status()).isEqualTo(status);
        assertThat(result.errors()).isEmpty();
    }

    @Test
    void aProgramThatIsNotThereIs127AndOneThatCannotRunIs126() throws Exception {
        Result missing = caisson.run("do", "--", "no-such-program");
        assertThat(missing.status()).isEqualTo(127);
        assertThat(missing.errors())
                .startsWith("caisson: ")
                .contains("no-such-program")
                .hasLineCount(1);
        Result passive = caisson.run("do", "--", "/etc/passwd");
        assertThat(passive.status()).isEqualTo(126);
        assertThat(passive.errors())
                .startsWith("caisson: ")
                .contains("/etc/passwd")
                .hasLineCount(1);
    }

    @Test
    void standardStreamsArePassedOn() throws Exception {
        Result result = caisson.runWithInput("line one\nline two", "do", "-i", "--", "sh", "-c", "cat; echo bad >&2");
        assertThat(result.output()).isEqualTo("line one\nline two");
        assertThat(result.errors()).isEqualTo("bad\n");
    }

    @Test
    void onlyWithInteractiveTheProgramTakesTheCallersInput() throws Exception {
        assertThat(caisson.runWithInput("not for it\n", "do", "--", "sh", "-c", "readlink /proc/self/fd/0; cat")
                        .output())
                .isEqualTo("/dev/null\n");
        String list = "printf 'one\\ntwo\\n' | while read host; do %s do -- echo $host; done"
                .formatted(String.join(" ", caisson.command()));
        assertThat(Caisson.finish(new ProcessBuilder("sh", "-c", list), "").output())
                .isEqualTo("one\ntwo\n");
        caisson.run("do", "-d", "--name", "box", "--", "sleep", "1000");
        assertThat(caisson.runWithInput("not for it\n", "exec", "box", "cat").output())
                .isEmpty();
        assertThat(caisson.runWithInput("for it\n", "exec", "-i", "box", "cat").output())
                .isEqualTo("for it\n");
    }

    @Test
    void theEnvironmentIsWhatWasGivenAndNotTheCallers() throws Exception {
        Path file = Files.writeString(directory.resolve("env"), "FROM_FILE=1\nBOTH=file\n");
        ProcessBuilder builder = caisson.builder(
                "do",
                "-e",
                "GIVEN=a b",
                "-e",
                "PASSED",
                "-e",
                "LC_ALL",
                "--env-file",
                file.toString(),
                "-e",
                "BOTH=option",
                "--",
                "env");
        builder.environment().put("PASSED", "on");
        builder.environment().put("SECRET", "of the caller");
        builder.environment().put("LC_ALL", "de_DE.UTF-8");
        builder.environment().put("JAVA_TOOL_OPTIONS", "-Dnoise=1");
        Result result = Caisson.finish(builder, "");
        assertThat(result.errors()).isEmpty();
        assertThat(result.output().lines())
                .contains("GIVEN=a b", "PASSED=on", "FROM_FILE=1", "BOTH=option", "LC_ALL=de_DE.UTF-8");
        assertThat(result.output())
                .doesNotContain("SECRET")
                .doesNotContain("JAVA")
                .doesNotContain("CAISSON_");
    }

    @Test
    void directoryHostnameAndUserAreAsGiven() throws Exception {
        assertThat(inside("pwd; hostname; id -u; id -g", "-w", "/usr/share", "-h", "box", "-u", "1000:1001"))
                .isEqualTo("/usr/share\nbox\n1000\n1001\n");
        assertThat(inside("id -un", "-u", "nobody")).isEqualTo("nobody\n");
    }

    @Test
    void volumesShowTheHostsFilesWithTheHostsOwners() throws Exception {
        Files.writeString(directory.resolve("file"), "from the host\n");
        assertThat(inside(
                        "cat /data/file; stat -c %u /data/file; echo new > /data/made; stat -c %u /data/made",
                        "-v", directory + ":/data"))
                .isEqualTo("from the host\n0\n0\n");
        assertThat(directory.resolve("made")).hasContent("new");
        assertThat(Files.getAttribute(directory.resolve("made"), "unix:uid")).isEqualTo(0);
        assertThat(inside("echo no > /data/file || cat /data/file", "-v", directory + ":/data:ro"))
                .isEqualTo("from the host\n");
    }

    @Test
    void aMountHidesNoneBelowItWhateverTheOrder() throws Exception {
        Files.writeString(directory.resolve("file"), "seen\n");
        assertThat(inside(
                        "cat /run/deep/x/file; stat -f -c %T /run/deep /run",
                        "-v", directory + ":/run/deep/x/", "--tmpfs", "/run/deep", "--tmpfs", "/run/"))
                .isEqualTo("seen\ntmpfs\ntmpfs\n");
        assertThat(inside("stat -f -c %T /dev /dev/pts", "--tmpfs", "/dev")).isEqualTo("tmpfs\ndevpts\n");
    }

    @Test
    void tmpfsAndReadOnlyRoot() throws Exception {
        assertThat(inside(
                        "touch /x || echo refused; echo a > /scratch/x && cat /scratch/x; stat -f -c %T /scratch",
                        "--read-only", "--tmpfs", "/scratch:size=1m"))
                .isEqualTo("refused\na\ntmpfs\n");
    }

    @Test
    void memoryAndCpuLimitsAreWhatTheProgramSees() throws Exception {
        assertThat(inside(
                        "free -m | awk '/Mem:/ {print $2}'; grep -c ^processor /proc/cpuinfo",
                        "--memory",
                        "256m",
                        "--cpus",
                        "1"))
                .isEqualTo("256\n1\n");
        assertThat(inside("nproc; grep Cpus_allowed_list /proc/self/status | cut -f2", "--cpuset-cpus", "0"))
                .isEqualTo("1\n0\n");
    }

    @Test
    void theLimitOfProcessesHolds() throws Exception {
        Result result = caisson.run(
                "do",
                "--pids-limit",
                "8",
                "--",
                "sh",
                "-c",
                "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 5 & done; echo started");
        assertThat(result.errors()).contains("fork");
    }

    @Test
    void noneIsANetworkOfItsOwnAndHostIsTheHosts() throws Exception {
        String interfaces = "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | sort";
        String hosts =
                Caisson.finish(new ProcessBuilder("sh", "-c", interfaces), "").output();
        assertThat(inside(interfaces)).isEqualTo("lo\n");
        assertThat(inside(interfaces, "--network", "none")).isEqualTo("lo\n");
        assertThat(inside(interfaces, "--network", "host")).isEqualTo(hosts);
    }

    @Test
    void capabilitiesAreDroppedAndAdded() throws Exception {
        String bounding = "grep CapBnd /proc/self/status | cut -f2";
        assertThat(inside(bounding, "--cap-drop", "ALL")).isEqualTo("0000000000000000\n");
        assertThat(inside(bounding, "--cap-drop", "ALL", "--cap-add", "CHOWN", "--cap-add", "CAP_KILL"))
                .isEqualTo("0000000000000021\n");
        long all = Long.parseUnsignedLong(inside(bounding, "--cap-add", "ALL").strip(), 16);
        assertThat(inside(bounding, "--cap-add", "ALL", "--cap-drop", "CHOWN", "--cap-drop", "KILL"))
                .isEqualTo("%016x\n".formatted(all & ~0x21L));
        assertThat(inside("chown 5 /etc/hostname || echo refused", "--cap-drop", "chown"))
                .isEqualTo("refused\n");
        assertThat(inside("grep NoNewPrivs /proc/self/status | cut -f2", "--security-opt", "no-new-privileges"))
                .isEqualTo("1\n");
    }

    @Test
    void resourceLimitsAreAsGiven() throws Exception {
        assertThat(inside("ulimit -Sn; ulimit -Hn; ulimit -c", "--ulimit", "nofile=100:200", "--ulimit", "core=0"))
                .isEqualTo("100\n200\n0\n");
    }

    @Test
    void aResourceLimitOutOfReachIsTheHighestThereIsAndSaidSo() throws Exception {
        // No right of this host reaches above fs.nr_open, a file that must be read at once.
        long most = Long.parseLong(
                Files.readAllLines(Path.of("/proc/sys/fs/nr_open")).getFirst());
        Result result =
                caisson.run("do", "--ulimit", "nofile=" + (most + 1), "--", "sh", "-c", "ulimit -n; echo x >&2");
        assertThat(result.errors()).contains("caisson: warning: the resource limit nofile cannot be raised so far");
        assertThat(Long.parseLong(result.output().strip())).isBetween(3L, most);
        result = caisson.run("do", "-d", "--name", "box", "--ulimit", "nofile=" + (most + 1), "--", "sleep", "1000");
        assertThat(result.errors()).contains("the resource limit nofile").hasLineCount(1);
        assertThat(caisson.run("exec", "box", "true").errors()).contains("the resource limit nofile");
    }

    @Test
    void anEntryPointGetsTheCommandAsArguments() throws Exception {
        assertThat(caisson.run("do", "--entrypoint", "printf", "--", "%s-%s\\n", "a", "b")
                        .output())
                .isEqualTo("a-b\n");
    }

    @Test
    void aNamedContainerIsSeenWhileItRunsAndGoneWithRm() throws Exception {
        Path pid = directory.resolve("pid");
        Process process = caisson.start(
                "do",
                "-i",
                "--name",
                "seen",
                "--rm",
                "--pid-file",
                pid.toString(),
                "--",
                "sh",
                "-c",
                "echo ready; read line");
        process.inputReader().readLine();
        assertThat(caisson.run("ps", "-q").output()).isEqualTo("seen\n");
        assertThat(caisson.run("ps", "seen").output()).contains("PID").contains("sh -c");
        assertThat(Files.exists(Path.of("/proc", Files.readString(pid).strip())))
                .isTrue();
        process.outputWriter().close();
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(caisson.run("ps", "--all", "-q").output()).isEmpty();
    }

    @Test
    void aNamedContainerIsKeptUntilItIsRemoved() throws Exception {
        assertThat(caisson.run("do", "--name", "kept", "--", "sh", "-c", "exit 3")
                        .status())
                .isEqualTo(3);
        assertThat(caisson.run("ps", "-q").output()).isEmpty();
        assertThat(caisson.run("ps", "--all").output()).contains("kept").contains("stopped");
        assertThat(caisson.run("rm", "kept").output()).isEqualTo("kept\n");
        assertThat(caisson.run("ps", "--all", "-q").output()).isEmpty();
        caisson.run("do", "--name", "kept", "--", "no-such-program");
        assertThat(caisson.run("ps", "--all", "-q").output())
                .as("a container whose program never ran")
                .isEmpty();
    }

    @Test
    void detachedWithRmNothingIsLeftOfIt() throws Exception {
        Path fifo = directory.resolve("fifo");
        Caisson.finish(new ProcessBuilder("mkfifo", fifo.toString()), "");
        assertThat(caisson.run("do", "-d", "--rm", "--name", "gone", "-v", fifo + ":/fifo", "--", "cat", "/fifo")
                        .output())
                .isEqualTo("gone\n");
        assertThat(caisson.run("ps", "-q").output()).isEqualTo("gone\n");
        Files.writeString(fifo, "");
        caisson.await(
                "gone is removed",
                () -> caisson.run("ps", "--all", "-q").output().isEmpty());
    }

    @Test
    void detachedTheNameIsPrintedAndTheContainerLivesOn() throws Exception {
        assertThat(caisson.run("do", "-d", "--name", "apart", "--", "sleep", "1000")
                        .output())
                .isEqualTo("apart\n");
        assertThat(caisson.run("state", "apart").output()).contains("\"status\":\"running\"");
        assertThat(caisson.run(
                        "exec", "-e", "A=1", "-w", "/usr", "apart", "sh", "-c", "echo $A $PWD; hostname; exit 3"))
                .isEqualTo(new Result(3, "1 /usr\ncaisson\n", ""));
        assertThat(caisson.run("kill", "apart", "KILL").status()).isZero();
        assertThat(caisson.run("rm", "-f", "apart").output()).isEqualTo("apart\n");
        assertThat(caisson.run("list", "-q").output()).isEmpty();
        assertThat(caisson.run("do", "-d", "--format", "json", "--name", "json", "--", "true")
                        .output())
                .isEqualTo("{\"id\":\"json\"}\n");
    }

    @Test
    void aNameThatIsTakenIsRefused() throws Exception {
        caisson.run("do", "-d", "--name", "one", "--", "sleep", "1000");
        Result second = caisson.run("do", "--name", "one", "--", "true");
        assertThat(second.status()).isEqualTo(125);
        assertThat(second.errors()).startsWith("caisson: ").contains("one").hasLineCount(1);
    }

    private String inside(String script, String... options) throws Exception {
        String[] args = new String[options.length + 5];
        args[0] = "do";
        System.arraycopy(options, 0, args, 1, options.length);
        args[options.length + 1] = "--";
        args[options.length + 2] = "sh";
        args[options.length + 3] = "-c";
        args[options.length + 4] = script;
        return caisson.run(args).output();
    }
}
