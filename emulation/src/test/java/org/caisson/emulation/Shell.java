package org.caisson.emulation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/** Runs real programs and tells what they printed. */
final class Shell {
    private static final int DEADLINE_SECONDS = 30;

    private Shell() {}

    /** What a program printed, errors too, and how it ended. */
    record Outcome(int status, String output) {
        Outcome mustSucceed() {
            assertThat(status).as(output).isZero();
            return this;
        }
    }

    static Outcome run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        byte[][] output = new byte[1][];
        Thread reader = Thread.ofPlatform().start(() -> output[0] = readAll(process));
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        reader.join();
        process.getInputStream().close();
        process.getErrorStream().close();
        return new Outcome(process.waitFor(), new String(output[0], UTF_8));
    }

    private static byte[] readAll(Process process) {
        try {
            return process.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
