package org.caisson.image.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that others made, as they come. */
class AdoptedImageTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 1 << 14;

    @TempDir
    private Path directory;

    private byte[] image = {};

    @BeforeEach
    void make() throws Exception {
        Images.run(
                "sh", "-ec", "mkdir " + directory + "/tree; head -c 90000 /dev/urandom > " + directory + "/tree/file");
        image = Files.readAllBytes(Images.make(directory.resolve("made"), directory.resolve("tree")));
    }

    private Path write(InputStream in) throws Exception {
        Path file = directory.resolve("written");
        Files.deleteIfExists(file);
        AdoptedImage.write(in, file);
        return file;
    }

    private void refused(InputStream in, String why) {
        assertThatThrownBy(() -> write(in))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining(why);
    }

    @Test
    void anImageStaysAsItIs() throws Exception {
        assertThat(write(new ByteArrayInputStream(image))).hasBinaryContent(image);
    }

    @Test
    void aSmallImageStaysAsItIs() throws Exception {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        byte[] small = Files.readAllBytes(Images.make(directory.resolve("small"), empty));
        assertThat(write(new ByteArrayInputStream(small))).hasBinaryContent(small);
    }

    @Test
    void zerosTakeNoRoom() throws Exception {
        MemorySegment.ofArray(image).set(ErofsLayout.U32, ErofsLayout.SUPERBLOCK + ErofsLayout.SB_BLOCKS, BLOCKS);
        byte[] zeros = new byte[BLOCKS * BLOCK - image.length];
        Path file = write(new SequenceInputStream(new ByteArrayInputStream(image), new ByteArrayInputStream(zeros)));
        assertThat(Files.size(file)).isEqualTo((long) BLOCKS * BLOCK);
        long taken = 512
                * Long.parseLong(
                        Host.run(directory, "stat", "-c", "%b", file.toString()).strip());
        assertThat(taken).isLessThan(2L * image.length + 64L * BLOCK);
    }

    @Test
    void whatGoesOnBehindTheEndIsRefused() {
        refused(new ByteArrayInputStream(Arrays.copyOf(image, image.length + 1)), "goes on behind");
    }

    @Test
    void whatIsNoImageIsRefusedAtItsBeginning() {
        image[ErofsLayout.SUPERBLOCK]++;
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 1;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                Arrays.fill(buffer, offset, offset + length, (byte) 1);
                return length;
            }
        };
        refused(new SequenceInputStream(new ByteArrayInputStream(image), endless), "magic number");
        refused(new ByteArrayInputStream(image, 0, ErofsLayout.SUPERBLOCK), "too small");
    }
}
