package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.cli.Caisson.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code caisson do -it} on a pseudo-terminal, with a user who types. */
@ExtendWith(NothingLeft.class)
class TerminalIT {
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
    void theProgramHasATerminalOfTheSameSize() throws Exception {
        Result result = user(
                List.of(),
                "do",
                "-it",
                "--",
                "sh",
                "-c",
                "tty; stty size; test -t 0 && test -t 1 && test -t 2 && exit 9");
        assertThat(result.output()).contains("/dev/pts/0").contains("24 80").endsWith("status 9\n");
    }

    @Test
    void itHasThatSizeFromItsFirstInstructionOnWhoeverAskedForIt() throws Exception {
        caisson.run("do", "-d", "--name", "box", "--", "sleep", "1000");
        assertThat(user(List.of(), "exec", "-it", "box", "stty", "size").output())
                .contains("24 80")
                .endsWith("status 0\n");
        Path bundle = bundle("stty", "size");
        assertThat(user(List.of(), "run", "--bundle", bundle.toString()).output())
                .contains("24 80")
                .endsWith("status 0\n");
    }

    @Test
    void aVariableTermThatIsGivenIsKept() throws Exception {
        Result result = user(List.of(), "do", "-t", "-e", "TERM=given", "--", "sh", "-c", "echo $TERM");
        assertThat(result.output()).contains("given\r");
    }

    @Test
    void withoutInteractiveNothingIsTyped() throws Exception {
        Result result = user(
                List.of("expect:ready", "mode:cooked", "send:typed\\n", "expect:typed", "expect:done"),
                "do",
                "-t",
                "--",
                "bash",
                "-c",
                "echo ready; read -t 1 line; echo \"done <$line>\"");
        assertThat(result.output()).contains("done <>").endsWith("status 0\n");
    }

    @Test
    void aTerminalThatNoProgramHasOpenForAWhileLivesOn() throws Exception {
        Result result = user(
                List.of("expect:again", "send:typed\\r", "expect:got typed"),
                "do",
                "-it",
                "--",
                "bash",
                "-c",
                "t=$(tty); exec >/dev/null 2>&1 </dev/null; "
                        + "while readlink /proc/*/fd/* | grep -q pts; do :; done; "
                        + "exec <$t >$t 2>&1; echo again; read line; echo got $line; exit 4");
        assertThat(result.output()).endsWith("status 4\n");
    }

    @Test
    void aShellHasJobControl() throws Exception {
        Result result = user(
                List.of(
                        "expect:# ",
                        "send:sh -c 'echo begun | sed s/n/N/; exec sleep 1000'\\n",
                        "expect:beguN",
                        "send:\\x1a",
                        "expect:Stopped",
                        "send:kill -9 %1; while jobs -s | grep -q begun; do :; done; exit 5\\n"),
                "do",
                "-it",
                "--",
                "bash",
                "--norc");
        assertThat(result.output()).doesNotContain("no job control").endsWith("status 5\n");
    }

    @Test
    void ctrlCInterruptsTheProgramAndNotCaisson() throws Exception {
        Result result = user(
                List.of("expect:ready", "send:\\x03", "expect:interrupted", "expect:done"),
                "do",
                "-it",
                "--",
                "bash",
                "-c",
                "trap 'echo interrupted; echo done; exit 6' INT; echo ready; while :; do read x < /dev/tty; done");
        assertThat(result.output()).endsWith("status 6\n");
    }

    @Test
    void aNewSizeReachesTheProgram() throws Exception {
        Result result = user(
                List.of("expect:ready", "resize:50x132", "expect:50 132"),
                "do",
                "-it",
                "--",
                "bash",
                "-c",
                "trap 'stty size; exit 7' WINCH; echo ready; while :; do sleep 0.05; done");
        assertThat(result.output()).endsWith("status 7\n");
    }

    @Test
    void ourTerminalIsRawMeanwhileAndCookedAfterwards() throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "\"$@\"; echo after; read x", "sh"));
        command.addAll(caisson.command("do", "-it", "--", "sh", "-c", "echo ready; read line; exit 3"));
        Result result = play(
                List.of("expect:ready", "mode:raw", "send:x\\r", "expect:after", "mode:cooked", "send:\\n"), command);
        assertThat(result.output()).endsWith("status 0\n");
    }

    @Test
    void theEndOfAPipeIsTheEndOfTheTerminalsInput() throws Exception {
        Result result = caisson.runWithInput("echo $((6*7))\n", "do", "-it", "--", "sh");
        assertThat(result.output()).contains("42");
        assertThat(result.status()).isZero();
        Result unfinished = caisson.runWithInput("no newline", "do", "-it", "--", "sh", "-c", "cat; echo done");
        assertThat(unfinished.output()).contains("no newline").endsWith("done\r\n");
    }

    @Test
    void moreOutputThanATerminalHoldsArrivesWhole() throws Exception {
        Result result = user(List.of(), "do", "-t", "--", "seq", "1", "20000");
        assertThat(result.output()
                        .lines()
                        .filter(line -> line.strip().matches("\\d+"))
                        .count())
                .isEqualTo(20000);
    }

    @Test
    void execHasATerminalToo() throws Exception {
        caisson.run("do", "-d", "--name", "box", "--", "sleep", "1000");
        Result result = user(
                List.of("expect:ready", "resize:40x90", "expect:40 90"),
                "exec",
                "-it",
                "box",
                "bash",
                "-c",
                "tty; trap 'stty size; exit 8' WINCH; echo ready; while :; do sleep 0.05; done");
        assertThat(result.output()).contains("/dev/pts/").endsWith("status 8\n");
    }

    /** A bundle of busybox with a terminal. */
    private Path bundle(String... args) throws Exception {
        Path rootfs = Files.createDirectories(directory.resolve("bundle/rootfs"));
        for (String name : List.of("proc", "sys", "dev", "bin")) {
            Files.createDirectory(rootfs.resolve(name));
        }
        Files.copy(Path.of("/bin/busybox"), rootfs.resolve("bin/busybox"));
        Files.createSymbolicLink(rootfs.resolve("bin/" + args[0]), Path.of("busybox"));
        Path bundle = directory.resolve("bundle");
        caisson.run("spec", "--bundle", bundle.toString());
        Path config = bundle.resolve("config.json");
        String spec = Files.readString(config);
        assertThat(spec).contains("\"args\":[\"sh\"]").contains("\"terminal\":true");
        Files.writeString(
                config, spec.replace("\"args\":[\"sh\"]", "\"args\":[\"" + String.join("\",\"", args) + "\"]"));
        return bundle;
    }

    private Result user(List<String> steps, String... args) throws Exception {
        return play(steps, caisson.command(args));
    }

    private static Result play(List<String> steps, List<String> command) throws Exception {
        Path script = Path.of(java.util.Objects.requireNonNull(TerminalIT.class.getResource("/terminal.py"))
                .toURI());
        List<String> all = new ArrayList<>(List.of("python3", script.toString(), "24x80"));
        all.addAll(steps);
        all.add("--");
        all.addAll(command);
        return Caisson.finish(new ProcessBuilder(all), "");
    }
}
