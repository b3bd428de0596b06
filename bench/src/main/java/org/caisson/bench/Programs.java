package org.caisson.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Running other programs to their end. */
final class Programs {
    private static final long TIMEOUT_SECONDS = 120;

    private Programs() {}

    /** The standard output of a command; fails with its standard error if its status is not 0. */
    static String run(List<String> command) throws IOException {
        return run(command, TIMEOUT_SECONDS);
    }

    /** The same of one that may take longer. */
    static String run(List<String> command, long seconds) throws IOException {
        Path errors = Files.createTempFile("caisson-bench-", ".stderr");
        Process process = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectError(errors.toFile())
                .start();
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(seconds, TimeUnit.SECONDS) || process.exitValue() != 0) {
                String status = process.isAlive() ? "does not end" : "status " + process.exitValue();
                throw new IOException(String.join(" ", command) + ": " + status + ": "
                        + Files.readString(errors).strip());
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(errors);
        }
    }

    /** Whether there is such a program, by its path or in those that the shell looks through. */
    static boolean isThere(String program) throws IOException {
        return run(List.of("sh", "-c", "command -v -- \"$1\" || true", "sh", program))
                .startsWith("/");
    }

    /** The numbers that a command printed on one line. */
    static long[] numbers(List<String> command) throws IOException {
        String text = run(command).strip();
        String[] words = text.split(" ", -1);
        long[] numbers = new long[words.length];
        for (int i = 0; i < words.length; i++) {
            try {
                numbers[i] = Long.parseLong(words[i]);
            } catch (NumberFormatException e) {
                throw new IOException(String.join(" ", command) + " printed no numbers but: " + text, e);
            }
        }
        return numbers;
    }
}
