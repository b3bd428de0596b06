package org.caisson.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The built {@code caisson} command with a state directory of its own, run as people run it. */
final class Caisson {
    private static final long LIMIT_SECONDS = 60;

    private final Path root;

    private @Nullable Process daemon;

    private Caisson(Path root) {
        this.root = root;
    }

    static Caisson withOwnState() throws IOException {
        return new Caisson(Files.createTempDirectory("caisson-it"));
    }

    /** The same with a daemon of that state, which ends with this. */
    static Caisson withDaemon(String... options) throws Exception {
        Caisson caisson = withOwnState();
        caisson.startDaemon(options);
        return caisson;
    }

    /** Starts a daemon, and returns when it answers. */
    void startDaemon(String... options) throws Exception {
        List<String> words = new ArrayList<>(List.of("daemon"));
        words.addAll(List.of(options));
        Process started = builder(words.toArray(String[]::new))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        daemon = started;
        await("the daemon listens", () -> !started.isAlive() || Files.exists(socket()));
        if (!started.isAlive()) {
            throw new AssertionError("the daemon ended with " + started.exitValue());
        }
    }

    /** Who does the work of a command. */
    Process worker(Process command) {
        Process served = daemon;
        return served == null ? command : served;
    }

    Process daemon() {
        return Objects.requireNonNull(daemon);
    }

    Path socket() {
        return root.resolve("daemon/socket");
    }

    /** Where the state is. */
    Path root() {
        return root;
    }

    /** The program of the distribution that this build made. */
    static Path program() {
        return Path.of(System.getProperty("caisson.program", "target/dist/bin/caisson"))
                .toAbsolutePath();
    }

    /** What a run printed and answered. */
    record Result(int status, String output, String errors) {}

    Result run(String... args) throws Exception {
        return runWithInput("", args);
    }

    Result runWithInput(String input, String... args) throws Exception {
        return finish(builder(args), input);
    }

    /** A run that goes on beside the test. */
    Process start(String... args) throws IOException {
        return builder(args).start();
    }

    ProcessBuilder builder(String... args) {
        return new ProcessBuilder(command(args));
    }

    List<String> command(String... args) {
        List<String> command = new ArrayList<>(List.of(program().toString(), "--root", root.toString()));
        command.addAll(List.of(args));
        return command;
    }

    static Result finish(ProcessBuilder builder, String input) throws Exception {
        Path errors = Files.createTempFile("caisson-it", ".err");
        try {
            Process process = builder.redirectError(errors.toFile()).start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // The program did not want all of it.
            }
            Thread guard = Thread.ofVirtual().start(() -> endAfterLimit(process));
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            guard.interrupt();
            return new Result(status, output, Files.readString(errors));
        } finally {
            Files.delete(errors);
        }
    }

    private static void endAfterLimit(Process process) {
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            // It ended in time.
        }
    }

    /** Waits for a state of the containers, until the limit. */
    void await(String what, Callable<Boolean> state) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!state.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not in " + LIMIT_SECONDS + " s: " + what);
            }
        }
    }

    /** Removes all containers and the state directory; what cannot be removed fails the test. */
    void close() throws Exception {
        for (String id : run("list", "-q").output().lines().toList()) {
            run("rm", "-f", id);
        }
        Process served = daemon;
        if (served != null) {
            served.destroy();
            served.waitFor();
            assertThat(served.exitValue()).isIn(0, 137);
        }
        try (var tree = Files.walk(root)) {
            for (Path path : tree.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
