package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
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

/** A store on a disk that is too small, a small tmpfs; and archives that are not what they should be. */
class FullDiskTest {
    private static final long ZEROS = 256L << 20;
    private static final int DAMAGES = 60;

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

    /** Whatever is being written when the last block is taken. */
    @Test
    void diskMayBeFullAtAnyStep() throws Exception {
        Path layout = TestImages.layout(Files.createDirectory(directory.resolve("layout")), 2, 150_000, 16);
        int refused = 0;
        boolean taken = false;
        for (int kibibytes = 64; !taken; kibibytes += 28) {
            MountCalls.umount2(disk.toString(), MountFlags.MNT_DETACH);
            MountCalls.mount("none", disk.toString(), "tmpfs", 0, "mode=0700,size=" + kibibytes + "k");
            try {
                ImageStore store = ImageStore.open(disk.resolve("store"), new ErofsLayer());
                StoredImage image = importer(store).take(layout, Reference.parse("any"));
                assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
                taken = true;
            } catch (ImageException e) {
                assertThat(e).hasMessageContaining("no space is left");
                refused++;
            }
            Path work = disk.resolve("store/work");
            if (Files.exists(work)) {
                try (var left = Files.list(work)) {
                    assertThat(left).as("with %d KiB", kibibytes).isEmpty();
                }
            }
        }
        assertThat(refused).isGreaterThan(5);
    }

    /** An archive that unpacks to a thousand times its size takes no more room than its archive, neither by itself nor as a layer. */
    @Test
    void zerosTakeNoRoom() throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        try (FileChannel zeros =
                FileChannel.open(root.resolve("zeros"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            zeros.write(ByteBuffer.allocate(1), ZEROS - 1);
        }
        Path archive = directory.resolve("zeros.tar.gz");
        Host.run(directory, "tar", "-C", root.toString(), "-czf", archive.toString(), "zeros");
        ImageStore store = ImageStore.open(disk.resolve("store"), new ErofsLayer());
        StoredImage image = importer(store).take(archive, Reference.parse("zeros"));
        assertThat(Files.size(store.layer(image.config().diffIds().getFirst()))).isGreaterThan(ZEROS);
        assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
    }

    /** A few changed bytes, or an end that comes too early: an archive is refused, or it is the same image all the same. */
    @Test
    void damagedArchiveIsRefusedWithWords() throws Exception {
        Path layout = TestImages.layout(Files.createDirectory(directory.resolve("layout")), 2, 20_000, 17);
        Path archive = directory.resolve("image.tar");
        Host.run(directory, "tar", "-C", layout.toString(), "-cf", archive.toString(), ".");
        byte[] whole = Files.readAllBytes(archive);
        Random random = new Random(18);
        int refused = 0;
        for (int round = 0; round < DAMAGES; round++) {
            byte[] damaged = round % 4 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int flip = 0; flip < round % 4 && damaged.length > 0; flip++) {
                damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            }
            Files.write(archive, damaged);
            ImageStore store = ImageStore.open(directory.resolve("store-" + round), new ErofsLayer());
            try {
                StoredImage image = new Importer(store, Platform.host(), ImageProgress.SILENT, "test")
                        .take(archive, Reference.parse("damaged"));
                assertThat(store.verify(image, ImageProgress.SILENT)).isEmpty();
            } catch (IOException e) {
                assertThat(e.getMessage()).as("round %d", round).isNotEmpty();
                refused++;
            }
            try (var left = Files.list(store.root().resolve("work"))) {
                assertThat(left).isEmpty();
            }
        }
        assertThat(refused).isBetween(DAMAGES / 4, DAMAGES);
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
