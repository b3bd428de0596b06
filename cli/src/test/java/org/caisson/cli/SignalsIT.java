package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals to {@code caisson} reach the program. */
@ExtendWith(NothingLeft.class)
class SignalsIT {
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

    @ParameterizedTest
    @ValueSource(strings = {"HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH"})
    void aSignalIsHandedOn(String signal) throws Exception {
        Process process = caisson.start(
                "do",
                "--",
                "bash",
                "-c",
                "trap 'echo got; exit 42' " + signal + "; echo ready; while :; do read -t 0.1 < /dev/zero; done");
        var output = process.inputReader();
        assertThat(output.readLine()).isEqualTo("ready");
        send(signal, process);
        assertThat(output.readLine()).isEqualTo("got");
        assertThat(process.waitFor()).isEqualTo(42);
        assertThat(process.errorReader().readLine()).isNull();
    }

    @Test
    void aProgramThatDiesOfTheSignalGives128PlusIt() throws Exception {
        Process process = caisson.start("do", "--", "sh", "-c", "echo ready; exec sleep 1000");
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
        send("TERM", process);
        assertThat(process.waitFor()).isEqualTo(143);
    }

    @Test
    void whatTheCallerIgnoresIsNotHandedOn() throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "trap '' HUP; exec \"$@\"", "sh");
        builder.command()
                .addAll(
                        caisson.command(
                                "do",
                                "--",
                                "sh",
                                "-c",
                                "trap 'echo hup' HUP; trap 'echo term; exit 0' TERM; echo ready; while :; do sleep 0.05; done"));
        Process process = builder.start();
        var output = process.inputReader();
        assertThat(output.readLine()).isEqualTo("ready");
        send("HUP", process);
        send("TERM", process);
        assertThat(output.readLine()).isEqualTo("term");
        assertThat(process.waitFor()).isZero();
    }

    @Test
    void aStartThatWaitsForAnotherCommandCanBeInterrupted() throws Exception {
        caisson.run("list");
        Process holder = new ProcessBuilder(
                        "flock", caisson.root().resolve("lock").toString(), "sh", "-c", "echo held; read end")
                .start();
        assertThat(holder.inputReader().readLine()).isEqualTo("held");
        Process process = caisson.start("do", "--", "echo", "never");
        caisson.await(
                "it waits",
                () -> Files.readAllLines(Path.of("/proc/locks")).stream()
                        .anyMatch(line -> line.contains("-> FLOCK")
                                && line.contains(" " + caisson.worker(process).pid() + " ")));
        send("INT", process);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(130);
        assertThat(process.inputReader().readLine()).isNull();
        assertThat(process.errorReader().readLine()).isNull();
        holder.outputWriter().close();
        holder.waitFor();
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"HUP, 129", "INT, 130", "QUIT, 131", "TERM, 143"})
    void aStartThatTakesLongCanBeInterrupted(String signal, int status) throws Exception {
        Files.createDirectories(directory.resolve("rootfs"));
        caisson.run("spec", "--bundle", directory.toString());
        Path config = directory.resolve("config.json");
        String hook = "{\"hooks\":{\"createContainer\":[{\"path\":\"/bin/sleep\",\"args\":[\"sleep\",\"1000\"]}]},";
        Files.writeString(config, hook + Files.readString(config).substring(1));
        Process process = caisson.start("run", "-b", directory.toString(), "long");
        caisson.await(
                "the hook runs",
                () -> caisson.worker(process)
                        .descendants()
                        .anyMatch(one -> one.info().command().orElse("").endsWith("/sleep")));
        send("USR1", process); // asks for no end
        send(signal, process);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(status);
        assertThat(process.errorReader().readLine()).isNull();
        assertThat(caisson.run("list", "-q").output()).isEmpty();
    }

    private static void send(String signal, Process process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }
}
