package org.caisson.vfs.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.RandomTree;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that make no sense: whatever is in them, an errno comes of it. {@code -Dcaisson.erofs.broken=N} breaks more. */
class HostileImageTest {
    private static final int BROKEN = Integer.getInteger("caisson.erofs.broken", 2000);
    private static final int MOST_FILES = 400;
    private static final int MOST_DATA = 1 << 20;

    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final Credentials root = Credentials.root();
    private final byte[] buffer = new byte[1 << 16];

    @TempDir
    private Path directory;

    private byte[] image(String... options) throws IOException {
        Path tree = Files.createTempDirectory(directory, "tree");
        try (HostFileSystem host = HostFileSystem.open(tree.toString(), HostOptions.DEFAULT)) {
            TestTree grown = new TestTree(vfs, vfs.newMountNamespace(host).root());
            new RandomTree(grown, new Random(7)).change(120);
        }
        for (int i = 0; i < 300; i++) {
            Files.createSymbolicLink(tree.resolve("link-" + i), Path.of("target"));
        }
        Path image = Images.make(directory.resolve("image"), tree, options);
        return Files.readAllBytes(image);
    }

    /** A superblock that says nothing of a checksum. */
    private static byte[] unchecked(byte[] image) {
        byte[] copy = image.clone();
        copy[ErofsLayout.SUPERBLOCK + ErofsLayout.SB_FEATURE_COMPAT] &= ~ErofsLayout.COMPAT_CHECKSUM;
        return copy;
    }

    private void walk(byte[] image) throws IOException {
        Path file = directory.resolve("broken");
        Files.write(file, image);
        try (ErofsFileSystem fileSystem = Images.open(file)) {
            VirtualDentry top = vfs.newMountNamespace(fileSystem).root();
            Deque<String> waiting = new ArrayDeque<>();
            waiting.add("");
            for (int seen = 0; seen < MOST_FILES && !waiting.isEmpty(); seen++) {
                look(top, waiting.remove(), waiting);
            }
        } catch (ErrnoException refused) {
            assertThat(refused.errno())
                    .isIn(Errno.EINVAL, Errno.EUCLEAN, Errno.EOPNOTSUPP, Errno.EBADMSG, Errno.ENODEV);
        }
    }

    private PathOperation at(VirtualDentry top, String path) {
        byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
        PathOperation operation = new PathOperation().root(top).start(top).followFinal(false);
        return path.isEmpty() ? operation.itself(top) : operation.path(bytes, bytes.length);
    }

    @FunctionalInterface
    private interface Look {
        void at(PathOperation operation) throws ErrnoException;
    }

    private void attempt(VirtualDentry top, String path, Look look) {
        try {
            look.at(at(top, path));
        } catch (ErrnoException expected) {
            assertThat(expected.errno()).isNotIn(Errno.EIO, Errno.ESTALE);
        }
    }

    private void look(VirtualDentry top, String path, Deque<String> waiting) {
        Stat stat = new Stat();
        MemorySegment target = MemorySegment.ofArray(buffer);
        attempt(top, path, operation -> vfs.stat(root, operation, stat));
        attempt(top, path, operation -> vfs.readlink(root, operation, target));
        attempt(top, path, operation -> vfs.getXattr(root, operation, Name.of("user.one"), target));
        attempt(top, path, operation -> vfs.getXattr(root, operation, Name.of("system.posix_acl_access"), target));
        attempt(top, path, operation -> vfs.access(root.withUmask(0), operation, 4));
        attempt(top, path, operation -> {
            int length = (int) vfs.listXattr(root, operation, target);
            assertThat(length).isBetween(0, buffer.length);
        });
        if (stat.isRegular()) {
            attempt(top, path, operation -> read(operation));
        } else if (stat.isDirectory()) {
            List<String> names = new ArrayList<>();
            attempt(top, path, operation -> list(operation, names));
            for (String name : names) {
                waiting.add(path.isEmpty() ? name : path + "/" + name);
            }
            attempt(top, path.isEmpty() ? "none" : path + "/none", operation -> vfs.stat(root, operation, stat));
        }
    }

    private void read(PathOperation operation) throws ErrnoException {
        try (FileDescription file = vfs.open(root, operation, new OpenOptions(OpenFlags.O_RDONLY, 0))) {
            long at = 0;
            while (at < MOST_DATA) {
                long count = file.read(MemorySegment.ofArray(buffer), at);
                if (count == 0) {
                    break;
                }
                at += count;
            }
            file.seek(0, FileDescription.SEEK_HOLE);
        }
    }

    private void list(PathOperation operation, List<String> names) throws ErrnoException {
        try (FileDescription opened = vfs.open(root, operation, new OpenOptions(OpenFlags.O_DIRECTORY, 0))) {
            opened.readDirectory(0, (name, inode, type, next) -> {
                String text = new String(name.toByteArray(), StandardCharsets.ISO_8859_1);
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    names.add(text);
                }
                return names.size() < MOST_FILES;
            });
        }
    }

    @Test
    void bytesThatAreOthersGiveAnErrno() throws Exception {
        for (String[] options : new String[][] {{}, {"--chunksize=4096"}}) {
            byte[] image = unchecked(image(options));
            Random random = new Random(options.length);
            for (int i = 0; i < BROKEN / 2; i++) {
                byte[] broken = image.clone();
                int changes = 1 + random.nextInt(1 + i % 200);
                for (int change = 0; change < changes; change++) {
                    int at = random.nextInt(4) == 0
                            ? ErofsLayout.SUPERBLOCK + random.nextInt(ErofsLayout.SUPERBLOCK_SIZE)
                            : random.nextInt(broken.length);
                    broken[at] =
                            (byte) (random.nextBoolean() ? random.nextInt() : broken[at] ^ (1 << random.nextInt(8)));
                }
                walk(broken);
            }
        }
    }

    @Test
    void aFileThatIsTooShortGivesAnErrno() throws Exception {
        byte[] image = unchecked(image());
        Random random = new Random(1);
        for (int i = 0; i < BROKEN / 4; i++) {
            walk(Arrays.copyOf(image, random.nextInt(image.length)));
        }
    }

    @Test
    void aWrongChecksumIsFound() throws Exception {
        byte[] image = image();
        image[ErofsLayout.SUPERBLOCK + ErofsLayout.SB_INODES]++;
        Path file = directory.resolve("broken");
        Files.write(file, image);
        assertThat(catchThrowableOfType(ErrnoException.class, () -> Images.open(file))
                        .errno())
                .isEqualTo(Errno.EBADMSG);
    }

    @Test
    void aDirectoryInItselfIsNotEntered() throws Exception {
        Path tree = directory.resolve("circle");
        Files.createDirectories(tree.resolve("inner"));
        Path image = Images.make(directory.resolve("image"), tree);
        byte[] bytes = unchecked(Files.readAllBytes(image));
        // The entry "inner" of the root comes to stand for the root.
        try (ErofsFileSystem whole = Images.open(image)) {
            long rootNid = whole.root().inode().number();
            ErofsInode inode = (ErofsInode) whole.root().inode();
            long inner = Directories.find(inode, Name.of("inner"));
            replaceNid(bytes, inner, rootNid);
        }
        Files.write(image, bytes);
        try (ErofsFileSystem broken = Images.open(image)) {
            VirtualDentry top = vfs.newMountNamespace(broken).root();
            ErrnoException failure = catchThrowableOfType(
                    ErrnoException.class, () -> vfs.stat(root, at(top, "inner/inner"), new Stat()));
            assertThat(failure.errno()).isEqualTo(Errno.EUCLEAN);
        }
    }

    private static void replaceNid(byte[] image, long from, long to) {
        MemorySegment bytes = MemorySegment.ofArray(image);
        for (int at = 0; at + ErofsLayout.DIRENT_SIZE <= image.length; at += 4) {
            boolean entry = bytes.get(ErofsLayout.U64, at) == from && image[at + ErofsLayout.DIRENT_TYPE] == 2;
            if (entry && image[at + ErofsLayout.DIRENT_TYPE + 1] == 0) {
                bytes.set(ErofsLayout.U64, at, to);
            }
        }
    }

    @Test
    void aFileThatIsCutOffMeanwhileGivesAnErrno() throws Exception {
        Path tree = Files.createDirectories(directory.resolve("cut"));
        Files.write(tree.resolve("file"), new byte[1 << 20]);
        Path image = Images.make(directory.resolve("image"), tree);
        try (ErofsFileSystem fileSystem = Images.open(image)) {
            VirtualDentry top = vfs.newMountNamespace(fileSystem).root();
            try (FileDescription file = vfs.open(root, at(top, "file"), new OpenOptions(OpenFlags.O_RDONLY, 0))) {
                assertThat(file.read(MemorySegment.ofArray(buffer), 0)).isEqualTo(buffer.length);
                Files.write(image, new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
                for (int i = 0; i < 200; i++) {
                    long offset = (i % 16) * (long) buffer.length;
                    ErrnoException failure = catchThrowableOfType(
                            ErrnoException.class, () -> file.read(MemorySegment.ofArray(buffer), offset));
                    assertThat(failure.errno()).isEqualTo(Errno.EIO);
                }
            }
        }
    }
}
