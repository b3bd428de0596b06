package org.caisson.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Compiles and runs small C programs, against whose answers ours are held. */
public final class Gcc {
    private Gcc() {}

    /** Compiles a program into a directory and answers its path. */
    public static Path compile(Path directory, String source, String... options) throws Exception {
        Path file = Files.writeString(directory.resolve("oracle.c"), source);
        Path program = directory.resolve("oracle");
        List<String> command = new ArrayList<>(List.of("gcc", "-w", "-o", program.toString(), file.toString()));
        command.addAll(List.of(options));
        run(command, new byte[0]);
        return program;
    }

    /** Runs a command to its end and answers what it printed. */
    public static String run(List<String> command, byte[] input) throws Exception {
        return new String(runBytes(command, input), UTF_8);
    }

    /** As {@link #run}, for output that is no text. */
    public static byte[] runBytes(List<String> command, byte[] input) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = process.getOutputStream()) {
            out.write(input);
        }
        try (var in = process.getInputStream()) {
            byte[] output = in.readAllBytes();
            if (process.waitFor() != 0) {
                throw new IOException(command + " ended with " + process.exitValue());
            }
            return output;
        }
    }
}
