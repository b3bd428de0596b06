package org.caisson.systemtests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The {@code caisson} command of this build, run with a state directory of the test's own. */
final class Caisson {
    static final Path HOME =
            Path.of(System.getProperty("caisson.home", "..")).toAbsolutePath().normalize();
    private static final long TIMEOUT_SECONDS = 120;

    private final Path root;
    private final Path scratch;

    /** Keeps container state in {@code scratch/state} and captured output in {@code scratch}. */
    Caisson(Path scratch) {
        this.scratch = scratch;
        this.root = scratch.resolve("state");
    }

    Path root() {
        return root;
    }

    /** Runs {@code caisson do OPTIONS -- sh -c SCRIPT}. */
    Result doShell(String script, String... options) throws IOException, InterruptedException {
        var arguments = new ArrayList<String>();
        arguments.add("do");
        arguments.addAll(Arrays.asList(options));
        arguments.addAll(List.of("--", "sh", "-c", script));
        return run(arguments);
    }

    Result run(String... arguments) throws IOException, InterruptedException {
        return run(Arrays.asList(arguments));
    }

    Result run(List<String> arguments) throws IOException, InterruptedException {
        return finish(start(arguments, Map.of()));
    }

    /** The full command line, for tests that wrap it in another program. */
    List<String> commandLine(List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(HOME.resolve("caisson").toString());
        command.add("--root");
        command.add(root.toString());
        command.addAll(arguments);
        return command;
    }

    Running start(List<String> arguments, Map<String, String> environment) throws IOException {
        return Running.start(commandLine(arguments), environment, scratch);
    }

    static Result finish(Running running) throws IOException, InterruptedException {
        return finish(running, TIMEOUT_SECONDS);
    }

    static Result finish(Running running, long seconds) throws IOException, InterruptedException {
        if (!running.process().waitFor(seconds, TimeUnit.SECONDS)) {
            running.process().destroyForcibly();
            throw new AssertionError(
                    "no end after " + seconds + " s; output so far:\n" + running.out() + running.err());
        }
        return new Result(running.process().exitValue(), running.out(), running.err());
    }

    /** Runs any host command to its end. */
    static Result host(Path scratch, String... command) throws IOException, InterruptedException {
        return finish(Running.start(Arrays.asList(command), Map.of(), scratch));
    }

    /** What a finished command gave. */
    record Result(int status, String out, String err) {
        /** Standard output of a command that must have succeeded. */
        String output() {
            if (status != 0) {
                throw new AssertionError("exit status " + status + "\nstdout: " + out + "\nstderr: " + err);
            }
            return out;
        }
    }

    /** A command under way; its output goes to files, so that nothing blocks on a full pipe. */
    record Running(Process process, Path outFile, Path errFile) {
        static Running start(List<String> command, Map<String, String> environment, Path scratch) throws IOException {
            var out = Files.createTempFile(scratch, "out", "");
            var err = Files.createTempFile(scratch, "err", "");
            var builder = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .directory(scratch.toFile());
            builder.environment().putAll(environment);
            var process = builder.start();
            return new Running(process, out, err);
        }

        String out() throws IOException {
            return Files.readString(outFile);
        }

        String err() throws IOException {
            return Files.readString(errFile);
        }
    }
}
