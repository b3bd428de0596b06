package org.caisson.image.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import org.caisson.image.registry.ScriptedRegistry;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.RandomKill;
import org.caisson.image.store.StoredImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills who uses lazy layers at random moments, and looks at what is left. */
class LazyKilledTest {
    private static final int KILLS = Integer.getInteger("caisson.store.kills", 5);
    private static final int LONGEST_MILLIS = 1000;
    private static final int SIZE = 12_000_000;
    private static final int PIECE = 150_000;

    @TempDir
    private Path directory;

    @Test
    void whatAKilledProcessLeavesIsRightOrNotThere() throws Exception {
        byte[] big = new byte[SIZE];
        new Random(4).nextBytes(big);
        LazyImage made = LazyImage.of(directory, new EstargzLayer().file("big", 0644, big, PIECE));
        Path root = directory.resolve("store");
        RandomKill random = new RandomKill(directory, LONGEST_MILLIS);
        try (ScriptedRegistry registry = new ScriptedRegistry(made.layout())) {
            registry.blobs = (exchange, blob, request) -> ScriptedRegistry.part(exchange, blob);
            for (int kill = 0; kill < KILLS; kill++) {
                random.kill(LazyVictim.class, root.toString(), registry.name(), Integer.toString(SIZE));
                ImageStore store = LazyStore.at(root);
                for (StoredImage image : store.images()) {
                    if (store.has(made.diffId())) {
                        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
                    } else {
                        try (LazyStore opened = LazyStore.open(store, image, Duration.ofSeconds(20))) {
                            assertThat(opened.read("big", 0, SIZE)).isEqualTo(big);
                        }
                    }
                }
                StoredImage whole = LazyStore.pull(store, registry.name(), false, new ArrayList<>());
                assertThat(store.verify(whole, ImageProgress.SILENT)).isEmpty();
                store.remove(whole.name());
                store.collect();
                assertThat(count(root.resolve("work"))).isZero();
                assertThat(count(root.resolve("lazy"))).isZero();
                assertThat(count(root.resolve("blobs/sha256"))).isZero();
            }
        }
    }

    private static int count(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return (int) files.count();
        }
    }
}
