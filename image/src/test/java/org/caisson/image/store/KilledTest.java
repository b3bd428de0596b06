package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    @Test
    void storeOfAKilledProcessIsWholeAndTheNextSweepsIt() throws Exception {
        Path layout = TestImages.layout(directory, 4, 300_000, 13);
        Path root = directory.resolve("store");
        RandomKill random = new RandomKill(directory, LONGEST_MILLIS);
        int left = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            random.kill(Victim.class, root.toString(), layout.toString());
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

    private static void everythingWithANameIsWhole(Path root) throws IOException {
        try (var blobs = Files.list(root.resolve("blobs/sha256"))) {
            for (Path blob : blobs.toList()) {
                assertThat(Digest.of(Files.readAllBytes(blob)).hex())
                        .isEqualTo(blob.getFileName().toString());
            }
        }
        // Of the plain format the converted layer is the tar archive itself.
        try (var layers = Files.list(root.resolve("layers/tar/sha256"))) {
            for (Path layer : layers.toList()) {
                assertThat(Digest.of(Files.readAllBytes(layer)).hex())
                        .isEqualTo(layer.getFileName().toString());
            }
        }
    }

    private static int count(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return (int) files.count();
        }
    }
}
