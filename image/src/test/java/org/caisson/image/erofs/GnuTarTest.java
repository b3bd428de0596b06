package org.caisson.image.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.difference.TreeListing;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.erofs.Images;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What GNU tar packs, in each of its formats, comes out of an image as it was. */
class GnuTarTest {
    private static final long SECOND = 1_234_567_890;

    private final VirtualFileSystem vfs = new VirtualFileSystem();

    @TempDir
    private Path directory;

    private Path tree() throws IOException {
        Path top = Files.createDirectory(directory.resolve("tree"));
        Path deep = top.resolve("d".repeat(90)).resolve("e".repeat(60));
        Files.createDirectories(deep);
        Files.writeString(deep.resolve("f".repeat(90)), "deep");
        Files.writeString(top.resolve("small"), "text");
        Files.createLink(top.resolve("again"), top.resolve("small"));
        Files.write(top.resolve("large"), new byte[100_000]);
        Files.createSymbolicLink(top.resolve("link"), Path.of("t".repeat(90)));
        Images.run("mknod", top.resolve("null").toString(), "c", "1", "3");
        Images.run("mkfifo", top.resolve("pipe").toString());
        try (HostFileSystem host = HostFileSystem.open(top.toString(), HostOptions.DEFAULT)) {
            new TestTree(vfs, vfs.newMountNamespace(host).root())
                    .chown("small", 70_000, 5)
                    .allTimes(SECOND);
        }
        return top;
    }

    private static void sparse(Path file) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = 1; i < 40; i++) {
                out.seek(i * 100_000L);
                out.write(i);
            }
            out.setLength(300_000_000);
        }
    }

    private Path image(Path tar) throws IOException {
        Path image = directory.resolve("image");
        try (InputStream in = new BufferedInputStream(Files.newInputStream(tar), 1 << 16);
                ErofsImageFile file = ErofsImageFile.in(directory);
                ErofsWriter writer = new ErofsWriter(file, ErofsProfile.DEFAULT, Long.MAX_VALUE)) {
            TarImport.archive(in, writer);
            writer.finish();
            file.publish(image);
        }
        return image;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "oldgnu", "posix"})
    void everyFormatIsRead(String format) throws Exception {
        Path tree = tree();
        Path tar = directory.resolve("tar");
        Images.run("tar", "--format=" + format, "-C", tree.toString(), "-cf", tar.toString(), ".");
        Path image = image(tar);
        Images.run("fsck.erofs", image.toString());
        try (HostFileSystem host = HostFileSystem.open(tree.toString(), HostOptions.DEFAULT);
                ErofsFileSystem ours = Images.open(image)) {
            TestTree packed = new TestTree(vfs, vfs.newMountNamespace(host).root());
            TestTree read = new TestTree(vfs, vfs.newMountNamespace(ours).root());
            assertThat(TreeListing.of(read)).isEqualTo(TreeListing.of(packed));
        }
        Images.assertSeenAlike(image);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"gnu", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "posix --sparse-version=1.0"})
    void sparseFilesStaySo(String format) throws Exception {
        Path tree = Files.createDirectory(directory.resolve("tree"));
        sparse(tree.resolve("sparse"));
        Path tar = directory.resolve("tar");
        String command = "tar --sparse --format=" + format + " -C " + tree + " -cf " + tar + " sparse";
        Images.run(command.split(" "));
        Path image = image(tar);
        assertThat(Files.size(image)).isLessThan(20_000_000);
        Images.run("fsck.erofs", image.toString());
        Images.mounted(image, mountPoint -> {
            Images.run("cmp", mountPoint + "/sparse", tree.resolve("sparse").toString());
            return true;
        });
        Images.assertSeenAlike(image);
    }

    @Test
    void aTarThatIsCutOffIsRefused() throws Exception {
        Path tar = directory.resolve("tar");
        Images.run("tar", "-C", tree().toString(), "-cf", tar.toString(), ".");
        byte[] whole = Files.readAllBytes(tar);
        for (int length = 1; length < whole.length - 10_240; length += 4_999) {
            Path cut = directory.resolve("cut");
            Files.write(cut, Arrays.copyOf(whole, length));
            try {
                image(cut);
            } catch (IOException expected) {
                assertThat(directory.resolve("image")).doesNotExist();
                continue;
            }
            // It ended between two entries.
            assertThat(length % 512).isZero();
            Files.delete(directory.resolve("image"));
        }
    }
}
