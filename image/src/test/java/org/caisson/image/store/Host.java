package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs of the host that make and judge images. */
public final class Host {
    private Host() {}

    /** Runs a program that must succeed; what it printed. */
    public static String run(Path in, String... command) throws IOException, InterruptedException {
        Path said = Files.createTempFile(in, "said", "");
        try {
            int status = new ProcessBuilder(command)
                    .directory(in.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start()
                    .waitFor();
            String output = Files.readString(said, StandardCharsets.ISO_8859_1);
            assertThat(status).as("%s: %s", String.join(" ", command), output).isZero();
            return output;
        } finally {
            Files.delete(said);
        }
    }
}
