package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.Consumer;

/** What went wrong while parts of a layer were fetched: in a file beside them, and to who runs the image. */
final class PartsLog {
    private static final int MOST_BYTES = 1 << 20;

    private final Path file;
    private final Consumer<String> warnings;

    PartsLog(Path directory, Consumer<String> warnings) {
        file = directory.resolve("errors");
        this.warnings = warnings;
    }

    synchronized void add(String line) {
        warnings.accept(line);
        try {
            if (!Files.exists(file) || Files.size(file) < MOST_BYTES) {
                String whole = Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + line + "\n";
                Files.write(
                        file,
                        whole.getBytes(StandardCharsets.UTF_8),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            }
        } catch (IOException e) {
            // It was told to who runs the image.
        }
    }
}
