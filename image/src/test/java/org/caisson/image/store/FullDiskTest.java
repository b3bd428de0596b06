package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.source.Importer;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store on a disk that is too small: a small tmpfs. */
class FullDiskTest {
    @TempDir
    private Path directory;

    private Path disk;

    @BeforeEach
    void mount() throws IOException {
        disk = Files.createDirectory(directory.resolve("disk"));
        MountCalls.mount("none", disk.toString(), "tmpfs", 0, "size=2m,mode=0700");
    }

    @AfterEach
    void unmount() throws IOException {
        MountCalls.umount2(disk.toString(), MountFlags.MNT_DETACH);
    }

    private static Importer importer(ImageStore store) {
        return new Importer(store, Platform.host(), ImageProgress.SILENT, null);
    }

    @ParameterizedTest
    @ValueSource(ints = {700_000, 1_500_000, 3_000_000})
    void fullDiskIsToldAndLeavesNothing(int bytes) throws Exception {
        Path large = TestImages.layout(Files.createDirectory(directory.resolve("large")), 3, bytes, 14);
        Path small = TestImages.layout(Files.createDirectory(directory.resolve("small")), 1, 10_000, 15);
        ImageStore store = ImageStore.open(disk.resolve("store"), new PlainTar());
        assertThatThrownBy(() -> importer(store).take(large, Reference.parse("large")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("no space is left")
                .hasMessageContaining("caisson image prune");
        assertThat(store.images()).isEmpty();
        try (var work = Files.list(store.root().resolve("work"))) {
            assertThat(work).isEmpty();
        }
        store.collect();
        StoredImage image = importer(store).take(small, Reference.parse("small"));
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
    }

    @Test
    void directoryThatHoldsOtherThingsIsNoStore() throws Exception {
        Files.writeString(disk.resolve("letter"), "mine");
        assertThatThrownBy(() -> ImageStore.open(disk, new PlainTar()))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("letter")
                .hasMessageContaining("--store");
        assertThat(disk.resolve("letter")).hasContent("mine");
    }
}
