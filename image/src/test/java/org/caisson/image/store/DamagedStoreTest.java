package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stores in which something is amiss, and directories that are none. */
class DamagedStoreTest {
    @TempDir
    private Path directory;

    private ImageStore open() throws IOException {
        return ImageStore.open(directory.resolve("store"), new ErofsLayer());
    }

    private static void importAs(ImageStore store, Path layout, String name) throws IOException {
        new Importer(store, Platform.host(), ImageProgress.SILENT, null).take(layout, Reference.parse(name));
    }

    /** A store with two images; the manifest of the first one is damaged. */
    private ImageStore damaged() throws Exception {
        ImageStore store = open();
        for (String name : new String[] {"damaged", "good"}) {
            Path in = Files.createDirectory(directory.resolve(name));
            importAs(store, TestImages.layout(in, 1, 1000, name.length()), name);
        }
        StoredImage image = store.find("damaged");
        Files.writeString(store.places().blob(image.descriptor().digest()), "{");
        return store;
    }

    @Test
    void damagedImageDoesNotMatterToOthers() throws Exception {
        ImageStore store = damaged();
        StoredImage good = store.find("good");
        assertThat(store.find(good.id().hex().substring(0, 12))).isEqualTo(good);
        assertThat(store.verify(good, ImageProgress.SILENT)).isEmpty();
    }

    @Test
    void damagedImageIsNamedAndCanBeRemoved() throws Exception {
        ImageStore store = damaged();
        assertThatThrownBy(() -> store.find("damaged"))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("damaged")
                .hasMessageContaining("remove it by its name");
        assertThatThrownBy(store::images).isInstanceOf(ImageException.class).hasMessageContaining("/damaged");
        assertThatThrownBy(() -> store.name("none")).isInstanceOf(ImageException.class);
        assertThat(store.remove(store.name("damaged"))).isTrue();
        assertThat(store.images()).hasSize(1);
        assertThat(store.collect().files()).isPositive();
    }

    @Test
    void otherDirectoriesAreLeftAsTheyAre() throws Exception {
        Path other = Files.createDirectory(directory.resolve("store"));
        Files.writeString(other.resolve("lock"), "somebody's");
        Files.writeString(other.resolve("status"), "somebody's");
        assertThatThrownBy(this::open).isInstanceOf(ImageException.class).hasMessageContaining("other things");
        assertThat(other.resolve("lock")).hasContent("somebody's");
        try (var all = Files.list(other)) {
            assertThat(all).hasSize(2);
        }
    }

    @Test
    void whatAProcessLeftThatDiedBeforeItHadALockIsSwept() throws Exception {
        ImageStore store = open();
        Path left = Files.createDirectories(store.places().work().resolve("1-a/pins"));
        store.begin().close();
        assertThat(left.getParent()).doesNotExist();
    }

    @Test
    void workEndsThoughAnotherSweepsMeanwhile() throws Exception {
        ImageStore store = open();
        Thread sweeper = Thread.ofPlatform().start(() -> {
            try {
                while (!Thread.currentThread().isInterrupted()) {
                    Collector.sweepIfAlone(store.places());
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        for (int i = 0; i < 300; i++) {
            store.begin().close();
        }
        sweeper.interrupt();
        sweeper.join();
        try (var work = Files.list(store.places().work())) {
            assertThat(work).isEmpty();
        }
    }

    @Test
    void layerThatFailsLeavesNothingWhileItsWorkGoesOn() throws Exception {
        try (Work work = open().begin()) {
            byte[] broken = new byte[100_000];
            java.util.Arrays.fill(broken, (byte) 'x');
            assertThatThrownBy(() -> work.stage(new ByteArrayInputStream(broken), done -> {}))
                    .isInstanceOf(IOException.class);
            try (var left = Files.walk(work.directory().getParent()).filter(Files::isRegularFile)) {
                assertThat(left.map(file -> file.getFileName().toString())).containsExactly("lock");
            }
        }
    }
}
