package org.caisson.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A program in the background with which the benchmark talks line by line through its standard input and output. */
final class Server implements AutoCloseable {
    private static final long GRACE_SECONDS = 10;
    private static final long ANSWER_SECONDS = 120;

    private final List<String> command;
    private final Process process;
    private final BufferedWriter input;
    private final BufferedReader output;

    private Server(List<String> command, Process process) {
        this.command = command;
        this.process = process;
        this.input = process.outputWriter();
        this.output = process.inputReader();
    }

    static Server start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Server(command, process);
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    void send(String line) throws IOException {
        input.write(line);
        input.newLine();
        input.flush();
    }

    /** Waits for the program's next line; fails if the program ends instead or says nothing for long. */
    String receive() throws IOException {
        Thread watch = Thread.ofVirtual().start(this::killWhenSilent);
        try {
            @Nullable String line = output.readLine();
            if (line == null) {
                throw new IOException(String.join(" ", command) + " ended before it answered");
            }
            return line;
        } finally {
            watch.interrupt();
        }
    }

    private void killWhenSilent() {
        try {
            TimeUnit.SECONDS.sleep(ANSWER_SECONDS);
            process.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks the program to end, without waiting for it. */
    void terminate() {
        process.destroy();
    }

    /** Asks the program to end with SIGTERM, and makes it if it does not. */
    @Override
    public void close() {
        terminate();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("bench: had to kill " + String.join(" ", command));
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
