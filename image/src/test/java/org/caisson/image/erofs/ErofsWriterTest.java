package org.caisson.image.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.erofs.Images;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErofsWriterTest {
    private static final int MANY = 1_000_000;

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final ErofsEntry entry = new ErofsEntry();

    @TempDir
    private Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private ErofsEntry regular() {
        entry.mode = StatMode.S_IFREG | 0644;
        return entry;
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

    private void file(ErofsWriter writer, String path, String text) throws IOException {
        writer.file(bytes(path), regular(), text.length(), false);
        writer.write(bytes(text), 0, text.length());
        writer.end();
    }

    @Test
    void aMillionNamesAreInOneDirectory() throws Exception {
        Path image = write(writer -> {
            for (int i = 0; i < MANY; i++) {
                file(writer, "many/" + Long.toString(i * 7919L % MANY, 36), "");
            }
        });
        try (ErofsFileSystem ours = Images.open(image)) {
            VirtualDentry top = vfs.newMountNamespace(ours).root();
            int[] count = new int[1];
            PathOperation many = new PathOperation().root(top).start(top).path("many");
            try (FileDescription opened =
                    vfs.open(Credentials.root(), many, new OpenOptions(OpenFlags.O_DIRECTORY, 0))) {
                opened.readDirectory(0, (name, inode, type, next) -> ++count[0] > 0);
            }
            assertThat(count[0]).isEqualTo(MANY + 2);
            for (int i = 0; i < MANY; i += 997) {
                PathOperation one = new PathOperation().root(top).start(top);
                assertThat(vfs.find(Credentials.root(), one.path("many/" + Integer.toString(i, 36))))
                        .isNotNull();
            }
        }
        Images.mounted(image, mountPoint -> {
            for (int i = 0; i < MANY; i += 9_973) {
                assertThat(Path.of(mountPoint, "many", Integer.toString(i, 36))).exists();
            }
            return true;
        });
    }

    @Test
    void whatComesLaterTakesThePlace() throws Exception {
        Path image = write(writer -> {
            file(writer, "file", "one");
            file(writer, "./file", "two");
            file(writer, "/dir/one/two", "beneath");
            writer.link(bytes("kept"), bytes("dir/one/two"));
            file(writer, "dir", "no directory any more");
            entry.mode = StatMode.S_IFDIR | 0700;
            writer.directory(bytes("other/"), entry);
            file(writer, "other/file", "");
            entry.mode = StatMode.S_IFDIR | 0711;
            writer.directory(bytes("other"), entry);
        });
        Images.run("fsck.erofs", image.toString());
        Images.assertSeenAlike(image);
        try (ErofsFileSystem ours = Images.open(image)) {
            TestTree tree = new TestTree(vfs, vfs.newMountNamespace(ours).root());
            assertThat(tree.paths()).containsExactly("dir", "file", "kept", "other", "other/file");
            assertThat(tree.read("file")).isEqualTo(bytes("two"));
            assertThat(tree.read("kept")).isEqualTo(bytes("beneath"));
            assertThat(tree.stat("kept").links).isEqualTo(1);
            assertThat(tree.stat("other").mode).isEqualTo(StatMode.S_IFDIR | 0711);
        }
    }

    @Test
    void attributesThatFilesShareAreKeptOnce() throws Exception {
        TreeMap<Name, byte[]> attributes = new TreeMap<>();
        attributes.put(Name.of("user.shared"), new byte[2_000]);
        Path image = write(writer -> {
            for (int i = 0; i < 300; i++) {
                regular().attributes = attributes;
                file(writer, "file" + i, "x");
            }
        });
        assertThat(Files.size(image)).isLessThan(50_000);
        Images.run("fsck.erofs", image.toString());
        Images.assertSeenAlike(image);
    }

    @Test
    void aLargeSparseFileIsMostlyAHole() throws Exception {
        long size = (5L << 30) + 17;
        Path image = write(writer -> {
            writer.file(bytes("sparse"), regular(), size, true);
            writer.skip(size - 1_000_000);
            writer.write(bytes("data"), 0, 4);
            writer.skip(1_000_000 - 4);
            writer.end();
        });
        Images.run("fsck.erofs", image.toString());
        try (ErofsFileSystem ours = Images.open(image)) {
            VirtualDentry top = vfs.newMountNamespace(ours).root();
            PathOperation sparse = new PathOperation().root(top).start(top).path("sparse");
            try (FileDescription opened = vfs.open(Credentials.root(), sparse, new OpenOptions(0, 0))) {
                byte[] read = new byte[6];
                opened.read(MemorySegment.ofArray(read), size - 1_000_001);
                assertThat(read).isEqualTo(new byte[] {0, 'd', 'a', 't', 'a', 0});
            }
        }
        assertThat(Files.size(image)).isLessThan(1 << 20);
    }

    @Test
    void namesThatLeadAstrayAreRefused() throws Exception {
        for (String path : new String[] {"../x", "a/../x", "a/..", "x\0y", "n".repeat(256)}) {
            assertThatThrownBy(() -> write(writer -> file(writer, path, "")))
                    .as(path)
                    .isInstanceOf(ErofsFormatException.class);
            assertThat(directory.resolve("image")).doesNotExist();
        }
        assertThatThrownBy(() -> write(writer -> {
                    file(writer, "file", "");
                    file(writer, "file/beneath", "");
                }))
                .isInstanceOf(ErofsFormatException.class)
                .hasMessageContaining("file is no directory");
        assertThatThrownBy(() -> write(writer -> writer.link(bytes("name"), bytes("nothing"))))
                .isInstanceOf(ErofsFormatException.class)
                .hasMessageContaining("which is not in the image");
    }

    @Test
    void anImageThatIsTooLargeIsRefused() throws Exception {
        try (ErofsImageFile file = ErofsImageFile.in(directory);
                ErofsWriter writer = new ErofsWriter(file, ErofsProfile.DEFAULT, 100_000)) {
            writer.file(bytes("file"), regular(), 200_000, false);
            assertThatThrownBy(() -> writer.write(new byte[200_000], 0, 200_000))
                    .isInstanceOf(ErofsFormatException.class)
                    .hasMessageContaining("larger than 100000");
        }
    }
}
