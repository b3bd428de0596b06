package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process leaves that is killed at any moment. {@code -Dcaisson.store.kills=N} kills more. */
class KilledTest {
    private static final int KILLS = Integer.getInteger("caisson.store.kills", 24);
    private static final int LONGEST_MILLIS = 300;

    @TempDir
    private Path directory;

    private final Random random = new Random(Long.getLong("caisson.store.seed", 7));

    @Test
    void storeOfAKilledProcessIsWholeAndTheNextSweepsIt() throws Exception {
        Path layout = TestImages.layout(directory, 4, 300_000, 13);
        Path root = directory.resolve("store");
        int left = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            killAtRandom(root, layout);
            ImageStore store = ImageStore.open(root, new PlainTar());
            everythingWithANameIsWhole(root);
            for (StoredImage image : store.images()) {
                assertThat(store.verify(image, ImageProgress.SILENT))
                        .as("kill %d", kill)
                        .isEmpty();
            }
            left += count(root.resolve("work"));
            StoredImage again = new Importer(store, Platform.host(), ImageProgress.SILENT, null)
                    .take(layout, Reference.parse("again"));
            assertThat(store.verify(again, ImageProgress.SILENT)).isEmpty();
            assertThat(count(root.resolve("work")))
                    .as("work after kill %d", kill)
                    .isZero();
            if (kill % 2 == 0) {
                store.remove(again.name());
            }
        }
        assertThat(left).as("kills in the middle of something").isPositive();
        ImageStore store = ImageStore.open(root, new PlainTar());
        for (StoredImage image : store.images()) {
            store.remove(image.name());
        }
        store.collect();
        for (String part : List.of("blobs/sha256", "diffs/sha256", "layers/tar/sha256", "references", "locks")) {
            assertThat(count(root.resolve(part))).as(part).isZero();
        }
    }

    private void killAtRandom(Path root, Path layout) throws Exception {
        Process victim = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        root.toString(),
                        layout.toString())
                .redirectError(directory.resolve("victim.log").toFile())
                .start();
        try (var said = victim.inputReader()) {
            assertThat(said.readLine()).as(() -> log()).isEqualTo("begins");
            // No waiting for something to happen: a moment of no meaning is what is wanted.
            Thread.sleep(random.nextInt(LONGEST_MILLIS));
            assertThat(victim.isAlive()).as(() -> log()).isTrue();
        } finally {
            victim.destroyForcibly().waitFor();
        }
    }

    private String log() {
        try {
            return Files.readString(directory.resolve("victim.log"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void everythingWithANameIsWhole(Path root) throws IOException {
        try (var blobs = Files.list(root.resolve("blobs/sha256"))) {
            for (Path blob : blobs.toList()) {
                assertThat(Digest.of(Files.readAllBytes(blob)).hex())
                        .isEqualTo(blob.getFileName().toString());
            }
        }
        // Of the plain format the converted layer is the tar archive itself.
        try (var layers = Files.list(root.resolve("layers/tar/sha256"))) {
            for (Path layer :
                    layers.filter(one -> !one.toString().endsWith(".facts")).toList()) {
                assertThat(Digest.of(Files.readAllBytes(layer)).hex())
                        .isEqualTo(layer.getFileName().toString());
                assertThat(LayerFacts.read(Places.facts(layer))).isEqualTo(LayerFacts.of(layer));
            }
        }
    }

    private static int count(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return (int) files.count();
        }
    }
}
