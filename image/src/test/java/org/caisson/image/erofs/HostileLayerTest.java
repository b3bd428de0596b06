package org.caisson.image.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images in which bytes were changed at random: they are refused in words or can be merged, and nothing else happens. */
class HostileLayerTest {
    private static final int ROUNDS = Integer.getInteger("caisson.hostile.layers", 400);
    private static final String TREE = """
            mkdir -p tree/dir/deep tree/many; head -c 9000 /dev/urandom > tree/dir/tailed; echo small > tree/small
            for i in $(seq 300); do echo $i > tree/many/a-rather-long-name-$i; done
            ln tree/small tree/linked; ln -s small tree/link; mknod tree/null c 1 3; mknod tree/gone c 0 0
            setfattr -n user.a -v b tree/dir; setfattr -n trusted.overlay.opaque -v y tree/dir/deep
            truncate -s 50000 tree/holes; echo x >> tree/holes
            """;

    private final Random random = new Random(5);

    @TempDir
    private Path directory;

    @Test
    void changedImagesAreRefusedInWordsOrMerged() throws Exception {
        Images.run("sh", "-ec", "cd " + directory + "; " + TREE);
        Path whole = Images.make(directory.resolve("whole"), directory.resolve("tree"), "--chunksize=4096");
        Path other = Images.make(directory.resolve("other"), directory.resolve("tree"));
        int merged = 0;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Path image = directory.resolve("changed");
            byte[] bytes = Files.readAllBytes(round % 2 == 0 ? whole : other);
            change(bytes);
            Files.write(image, bytes);
            if (isTaken(image)) {
                merge(image, whole);
                merged++;
            } else {
                refused++;
            }
        }
        assertThat(merged).isPositive();
        assertThat(refused).isPositive();
    }

    private void change(byte[] bytes) {
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            int at = ErofsLayout.SUPERBLOCK + random.nextInt(bytes.length - ErofsLayout.SUPERBLOCK);
            bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
        }
        MemorySegment block =
                MemorySegment.ofArray(bytes).asSlice(ErofsLayout.SUPERBLOCK, 4096 - ErofsLayout.SUPERBLOCK);
        block.set(ErofsLayout.U32, ErofsLayout.SB_CHECKSUM, ErofsLayout.checksum(block));
    }

    private boolean isTaken(Path image) throws IOException {
        Path side = directory.resolve("side");
        try {
            LayerCheck.check(image, side);
            SideFile.open(side).close();
            return true;
        } catch (ErofsFormatException e) {
            assertThat(e.getMessage()).isNotBlank();
            return false;
        } finally {
            Files.deleteIfExists(side);
        }
    }

    /** What was looked at can be merged, but for names and attributes that our own images cannot hold. */
    private void merge(Path upper, Path lower) throws IOException {
        try (ErofsImageFile file = ErofsImageFile.in(directory)) {
            LayerMerge.write(List.of(new MergedLayer(lower, "lower"), new MergedLayer(upper, "upper")), file);
        } catch (ErofsFormatException e) {
            assertThat(e.getMessage()).contains("attribute");
        }
    }
}
