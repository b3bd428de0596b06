package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Begins programs of the tests and kills them at moments that {@code -Dcaisson.store.seed=N} chooses. */
public final class RandomKill {
    private final Random random = new Random(Long.getLong("caisson.store.seed", 7));
    private final Path log;
    private final int longestMillis;

    /**
     * What kills.
     *
     * @param directory where the log of what the programs say goes
     * @param longestMillis how long one lives at most after it said that it begins
     */
    public RandomKill(Path directory, int longestMillis) {
        log = directory.resolve("victim.log");
        this.longestMillis = longestMillis;
    }

    /** Begins a program, which says {@code begins} and never ends by itself, and kills it. */
    public void kill(Class<?> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        Process victim = new ProcessBuilder(command).redirectError(log.toFile()).start();
        try (var said = victim.inputReader()) {
            assertThat(said.readLine()).as(this::log).isEqualTo("begins");
            // No waiting for something to happen: a moment of no meaning is what is wanted.
            Thread.sleep(random.nextInt(longestMillis));
            assertThat(victim.isAlive()).as(this::log).isTrue();
        } finally {
            victim.destroyForcibly().waitFor();
        }
    }

    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
