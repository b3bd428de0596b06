package org.caisson.image.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.ErofsNodes;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images whose metadata is small where it lies and large when it is read. */
class HostileMetadataTest {
    @TempDir
    private Path directory;

    private final ErofsEntry entry = new ErofsEntry();

    @BeforeEach
    void noAttributes() {
        entry.attributes = new TreeMap<>();
    }

    /** Tells a writer of entries. */
    @FunctionalInterface
    private interface Told {
        void to(ErofsWriter writer) throws IOException;
    }

    private Path write(Told told) throws IOException {
        Path image = directory.resolve("image");
        Files.deleteIfExists(image);
        try (ErofsImageFile file = ErofsImageFile.in(directory);
                ErofsWriter writer = new ErofsWriter(file, ErofsProfile.DEFAULT, 1L << 40)) {
            told.to(writer);
            writer.finish();
            file.publish(image);
        }
        return image;
    }

    private void empty(ErofsWriter writer, String path) throws IOException {
        entry.mode = StatMode.S_IFREG | 0644;
        writer.file(path.getBytes(StandardCharsets.US_ASCII), entry, 0, false);
        writer.end();
    }

    private void check(Path image) throws IOException {
        Path side = directory.resolve("side");
        try {
            LayerCheck.check(image, side);
        } finally {
            Files.deleteIfExists(side);
        }
    }

    private void merge(Path image) throws IOException {
        try (ErofsImageFile file = ErofsImageFile.in(directory)) {
            LayerMerge.write(List.of(new MergedLayer(image, "one"), new MergedLayer(image, "one")), file);
        }
    }

    private void refused(Path image, String why) {
        assertThatThrownBy(() -> check(image))
                .isInstanceOf(ErofsFormatException.class)
                .hasMessageContaining(why);
        assertThatThrownBy(() -> merge(image))
                .isInstanceOf(ErofsFormatException.class)
                .hasMessageContaining(why);
    }

    private Path shared(int files) throws IOException {
        entry.attributes.put(Name.of("user.large"), new byte[60_000]);
        return write(writer -> {
            for (int i = 0; i < files; i++) {
                empty(writer, "file" + i);
            }
        });
    }

    @Test
    void sharedAttributesAreCountedForEachFile() throws Exception {
        check(shared(20));
        merge(shared(20));
        refused(shared(1000), "makes no sense");
    }

    @Test
    void anAttributeIsThereOnce() throws Exception {
        entry.attributes.put(Name.of("user.aa"), new byte[] {1});
        entry.attributes.put(Name.of("user.ab"), new byte[] {2});
        Path image = write(writer -> empty(writer, "file"));
        check(image);
        byte[] bytes = Files.readAllBytes(image);
        int second = 0;
        while (bytes[second] != 2 || bytes[second + 1] != ErofsLayout.XATTR_USER || bytes[second + 5] != 'b') {
            second++;
        }
        bytes[second + 5] = 'a';
        Files.write(image, bytes);
        refused(image, "makes no sense");
    }

    @Test
    void namesOfAttributesAreAsManyAsTheKernelLists() throws Exception {
        for (int i = 0; i < 6500; i++) {
            entry.attributes.put(Name.of("user." + (1000 + i)), new byte[0]);
        }
        Path image = write(writer -> {
            empty(writer, "one");
            empty(writer, "two");
        });
        Images.run("fsck.erofs", image.toString());
        Images.assertSeenAlike(image);
        for (int i = 6500; i < 7000; i++) {
            entry.attributes.put(Name.of("user." + (1000 + i)), new byte[0]);
        }
        assertThatThrownBy(() -> write(writer -> empty(writer, "one")))
                .isInstanceOf(ErofsFormatException.class)
                .hasMessageContaining("names of extended attributes");
    }

    /** A file whose chunks all are the same block, so that none follows the one before. */
    private Path scattered(int chunks) throws IOException {
        long size = (long) chunks * ErofsWriter.BLOCK;
        entry.mode = StatMode.S_IFREG | 0644;
        Path image = write(writer -> {
            writer.file(new byte[] {'f'}, entry, size, true);
            writer.write(new byte[] {1}, 0, 1);
            writer.skip(size - 1);
            writer.end();
        });
        long[] nid = new long[1];
        try (var file = org.caisson.linux.FileCalls.open(image.toString(), 0);
                ErofsNodes nodes = ErofsNodes.open(file, new org.caisson.vfs.FileSystemLog())) {
            nodes.root().forEachEntry((name, number) -> nid[0] = number);
        }
        byte[] bytes = Files.readAllBytes(image);
        MemorySegment whole = MemorySegment.ofArray(bytes);
        long meta = (long) whole.get(ErofsLayout.U32, ErofsLayout.SUPERBLOCK + ErofsLayout.SB_META_BLOCK)
                << ErofsWriter.BLOCK_BITS;
        long inode = meta + nid[0] * ErofsLayout.SLOT;
        whole.set(ErofsLayout.U32, inode + ErofsLayout.I_UNION, 0);
        byte[] list = new byte[chunks * Integer.BYTES];
        for (int i = 0; i < chunks; i++) {
            list[i * Integer.BYTES] = 1;
        }
        Files.write(image, bytes);
        try (RandomAccessFile out = new RandomAccessFile(image.toFile(), "rw")) {
            out.seek(inode + ErofsLayout.EXTENDED_SIZE);
            out.write(list);
            out.setLength((out.length() + ErofsWriter.BLOCK - 1) & -ErofsWriter.BLOCK);
        }
        return image;
    }

    @Test
    void piecesOfFilesWithHolesHaveAnEnd() throws Exception {
        int few = 1 << 21;
        check(scattered(few));
        merge(scattered(few));
        refused(scattered(SparseMap.MOST_RUNS + 1), "pieces");
    }

    @Test
    void listsOfChunksAreSentWhileTheyAreMade() throws Exception {
        int chunks = 1 << 21;
        long size = Integer.BYTES * (long) chunks;
        SparseMap map = new SparseMap(0);
        map.add(5, 7);
        try (ErofsImageFile file = ErofsImageFile.in(directory);
                ImageOutput out = new ImageOutput(file.descriptor(), Long.MAX_VALUE)) {
            MetadataBuffer buffer = new MetadataBuffer(out);
            map.write(chunks, 0, buffer);
            assertThat(out.position()).isGreaterThan(size / 2);
            buffer.flush();
            assertThat(out.position()).isEqualTo(size);
        }
    }
}
