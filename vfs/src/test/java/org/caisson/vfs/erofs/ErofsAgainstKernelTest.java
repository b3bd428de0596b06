package org.caisson.vfs.erofs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatFs;
import org.caisson.linux.XattrCalls;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.RandomTree;
import org.caisson.vfs.difference.TestTree;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images by mkfs.erofs, as the kernel and our reader show them. {@code -Dcaisson.erofs.seeds=N} makes more trees. */
class ErofsAgainstKernelTest {
    private static final int SEEDS = Integer.getInteger("caisson.erofs.seeds", 3);

    private final VirtualFileSystem vfs = new VirtualFileSystem();

    @TempDir
    private Path directory;

    /** A tmpfs: other file systems have no room for long attributes. */
    private Path tree;

    @BeforeEach
    void mountTmpfs() throws IOException {
        tree = Files.createDirectory(directory.resolve("tree"));
        MountCalls.mount("none", tree.toString(), "tmpfs", 0, "mode=0755");
    }

    @AfterEach
    void unmount() throws IOException {
        MountCalls.umount2(tree.toString(), MountFlags.MNT_DETACH);
    }

    private void grow(int seed, int steps) throws IOException {
        try (HostFileSystem host = HostFileSystem.open(tree.toString(), HostOptions.DEFAULT)) {
            TestTree grown = new TestTree(vfs, vfs.newMountNamespace(host).root());
            new RandomTree(grown, new Random(seed)).change(steps);
        }
    }

    private Path image(String name, String... options) throws IOException {
        return Images.make(directory.resolve(name), tree, options);
    }

    @Test
    void showsRandomTreesAsTheKernel() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            grow(seed, 150);
            Images.assertSeenAlike(image("plain" + seed));
            Images.assertSeenAlike(image("times" + seed, "-T1000000000"));
            Images.assertSeenAlike(image("unshared" + seed, "-x99"));
        }
    }

    @Test
    void showsChunksAsTheKernel() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            grow(seed, 150);
            try (RandomAccessFile file =
                    new RandomAccessFile(tree.resolve("sparse").toFile(), "rw")) {
                file.seek(200_000);
                file.write(new byte[] {1, 2, 3});
                file.setLength(900_001);
            }
            Images.assertSeenAlike(image("chunks" + seed, "--chunksize=4096"));
            Images.assertSeenAlike(image("large" + seed, "--chunksize=65536"));
            Path blob = directory.resolve("blob" + seed);
            Path image = image("device" + seed, "--chunksize=16384", "--blobdev=" + blob);
            Images.assertSeenAlike(image, blob);
        }
    }

    @Test
    void showsLargeDirectoriesAsTheKernel() throws Exception {
        for (int i = 0; i < 3000; i++) {
            Files.createFile(tree.resolve(Integer.toString(i * 7919, 36) + "-".repeat(i % 50)));
        }
        Images.assertSeenAlike(image("many"));
    }

    @Test
    void tellsOfTheFileSystemAsTheKernel() throws Exception {
        grow(1, 50);
        Path image = image("statfs", "-U01234567-89ab-cdef-0123-456789abcdef");
        FileSystemStatistics ours = new FileSystemStatistics();
        try (ErofsFileSystem fileSystem = Images.open(image)) {
            VirtualDentry top = vfs.newMountNamespace(fileSystem).root();
            vfs.statfs(Credentials.root(), new PathOperation().root(top).itself(top), ours);
        }
        List<Long> kernels = Images.mounted(image, mountPoint -> {
            try (Arena arena = Arena.ofConfined();
                    OwnedFd root = FileCalls.open(mountPoint, OpenFlags.O_RDONLY)) {
                StatFs told = StatFs.allocate(arena);
                FileCalls.fstatfs(root.number(), told);
                return List.of(
                        told.type(),
                        told.blockSize(),
                        told.fragmentSize(),
                        told.blocks(),
                        told.freeBlocks(),
                        told.availableBlocks(),
                        told.files(),
                        told.freeFiles(),
                        told.id(),
                        told.nameLength(),
                        told.flags() & 1);
            }
        });
        assertThat(List.of(
                        ours.type,
                        ours.blockSize,
                        ours.fragmentSize,
                        ours.blocks,
                        ours.blocksFree,
                        ours.blocksAvailable,
                        ours.files,
                        ours.filesFree,
                        ours.id,
                        (long) ours.nameLength,
                        ours.flags & 1))
                .isEqualTo(kernels);
    }

    /** One thing that is done on both sides. */
    private record Attempt(String what, Kernel kernel, Ours ours) {
        @FunctionalInterface
        interface Kernel {
            void on(String top) throws ErrnoException;
        }

        @FunctionalInterface
        interface Ours {
            void on(Paths paths) throws ErrnoException;
        }
    }

    /** Our side of attempts. */
    private final class Paths {
        private final VirtualDentry top;

        Paths(VirtualDentry top) {
            this.top = top;
        }

        PathOperation at(String path) {
            return new PathOperation().root(top).start(top).path(path);
        }

        void open(String path, int flags) throws ErrnoException {
            try (FileDescription opened = vfs.open(Credentials.root(), at(path), new OpenOptions(flags, 0644))) {
                assertThat(opened.isWritable()).isFalse();
            }
        }

        FileDescription opened(String path) throws ErrnoException {
            return vfs.open(Credentials.root(), at(path), new OpenOptions(OpenFlags.O_RDONLY, 0));
        }
    }

    private static void open(String path, int flags) throws ErrnoException {
        FileCalls.openat(AtFlags.AT_FDCWD, path, flags, 0644).close();
    }

    private List<Attempt> attempts() {
        SetStat mode = new SetStat();
        mode.mask = SetStat.MODE;
        Credentials root = Credentials.root();
        int create = OpenFlags.O_CREAT | OpenFlags.O_WRONLY;
        return List.of(
                new Attempt(
                        "mkdir new",
                        top -> FileCalls.mkdirat(-100, top + "/new", 0755),
                        p -> vfs.mkdir(root, p.at("new"), 0755)),
                new Attempt(
                        "mkdir file",
                        top -> FileCalls.mkdirat(-100, top + "/file", 0755),
                        p -> vfs.mkdir(root, p.at("file"), 0755)),
                new Attempt(
                        "unlink file",
                        top -> FileCalls.unlinkat(-100, top + "/file", 0),
                        p -> vfs.unlink(root, p.at("file"))),
                new Attempt(
                        "unlink none",
                        top -> FileCalls.unlinkat(-100, top + "/none", 0),
                        p -> vfs.unlink(root, p.at("none"))),
                new Attempt(
                        "rmdir",
                        top -> FileCalls.unlinkat(-100, top + "/dir", AtFlags.AT_REMOVEDIR),
                        p -> vfs.rmdir(root, p.at("dir"))),
                new Attempt(
                        "rename",
                        top -> FileCalls.renameat2(-100, top + "/file", -100, top + "/new", 0),
                        p -> vfs.rename(root, p.at("file"), p.at("new"), 0)),
                new Attempt(
                        "link",
                        top -> FileCalls.linkat(-100, top + "/file", -100, top + "/new", 0),
                        p -> vfs.link(root, p.at("file"), p.at("new"))),
                new Attempt(
                        "symlink",
                        top -> FileCalls.symlinkat("x", -100, top + "/new"),
                        p -> vfs.symlink(root, p.at("new"), MemorySegment.ofArray(new byte[] {'x'}))),
                new Attempt(
                        "mknod",
                        top -> FileCalls.mknodat(-100, top + "/new", 0010644, 0),
                        p -> vfs.mknod(root, p.at("new"), 0010644, 0)),
                new Attempt(
                        "chmod",
                        top -> FileCalls.fchmodat(-100, top + "/file", 0, 0),
                        p -> vfs.setStat(root, p.at("file"), mode)),
                new Attempt(
                        "open to write",
                        top -> open(top + "/file", OpenFlags.O_WRONLY),
                        p -> p.open("file", OpenFlags.O_WRONLY)),
                new Attempt(
                        "open to truncate",
                        top -> open(top + "/file", OpenFlags.O_TRUNC),
                        p -> p.open("file", OpenFlags.O_TRUNC)),
                new Attempt("create", top -> open(top + "/new", create), p -> p.open("new", create)),
                new Attempt(
                        "open to write a directory",
                        top -> open(top + "/dir", OpenFlags.O_RDWR),
                        p -> p.open("dir", OpenFlags.O_RDWR)),
                new Attempt(
                        "temporary",
                        top -> open(top + "/dir", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR),
                        p -> p.open("dir", OpenFlags.O_TMPFILE | OpenFlags.O_RDWR)),
                new Attempt(
                        "open a link",
                        top -> open(top + "/link", OpenFlags.O_NOFOLLOW),
                        p -> p.open("link", OpenFlags.O_NOFOLLOW)),
                new Attempt(
                        "sync",
                        top -> {
                            try (OwnedFd file = FileCalls.open(top + "/file", OpenFlags.O_RDONLY)) {
                                FileCalls.fsync(file.number());
                            }
                        },
                        p -> {
                            try (FileDescription file = p.opened("file")) {
                                file.sync(false);
                            }
                        }),
                new Attempt(
                        "sync a directory",
                        top -> {
                            try (OwnedFd file = FileCalls.open(top + "/dir", OpenFlags.O_RDONLY)) {
                                FileCalls.fsync(file.number());
                            }
                        },
                        p -> {
                            try (FileDescription file = p.opened("dir")) {
                                file.sync(false);
                            }
                        }),
                new Attempt(
                        "no attribute",
                        top -> XattrCalls.lgetxattr(top + "/file", "user.none"),
                        p -> vfs.getXattr(root, p.at("file"), Name.of("user.none"), MemorySegment.NULL)));
    }

    private static String outcome(ThrowingRunnable attempt) throws Exception {
        try {
            attempt.run();
            return "done";
        } catch (ErrnoException e) {
            return e.errno().name();
        }
    }

    @FunctionalInterface
    private interface ThrowingRunnable {
        void run() throws Exception;
    }

    @Test
    void refusesEveryChangeAsTheKernel() throws Exception {
        Files.writeString(tree.resolve("file"), "text");
        Files.createDirectory(tree.resolve("dir"));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("file"));
        Path image = image("refusing");
        List<Attempt> attempts = attempts();
        List<String> kernels = Images.mounted(image, mountPoint -> {
            String[] outcomes = new String[attempts.size()];
            for (int i = 0; i < outcomes.length; i++) {
                Attempt attempt = attempts.get(i);
                outcomes[i] = attempt.what + ": " + outcome(() -> attempt.kernel.on(mountPoint));
            }
            return List.of(outcomes);
        });
        try (ErofsFileSystem fileSystem = Images.open(image)) {
            Paths paths = new Paths(vfs.newMountNamespace(fileSystem).root());
            for (int i = 0; i < attempts.size(); i++) {
                Attempt attempt = attempts.get(i);
                assertThat(attempt.what + ": " + outcome(() -> attempt.ours.on(paths)))
                        .isEqualTo(kernels.get(i));
            }
        }
    }

    @Test
    void goesOnWhereADirectoryWasLeft() throws Exception {
        for (int i = 0; i < 1000; i++) {
            Files.createFile(tree.resolve("entry-" + i));
        }
        try (ErofsFileSystem fileSystem = Images.open(image("cookies"))) {
            VirtualDentry top = vfs.newMountNamespace(fileSystem).root();
            PathOperation itself = new PathOperation().root(top).itself(top);
            try (FileDescription opened =
                    vfs.open(Credentials.root(), itself, new OpenOptions(OpenFlags.O_DIRECTORY, 0))) {
                String[] names = new String[1002];
                long[] cookies = new long[1003];
                int[] count = new int[1];
                opened.readDirectory(0, (name, inode, type, next) -> {
                    names[count[0]++] = name.toString();
                    cookies[count[0]] = next;
                    return true;
                });
                assertThat(count[0]).isEqualTo(1002);
                for (int i : IntStream.range(0, 1002).filter(i -> i % 13 == 0).toArray()) {
                    String[] first = new String[1];
                    opened.readDirectory(cookies[i], (name, inode, type, next) -> {
                        first[0] = name.toString();
                        return false;
                    });
                    assertThat(first[0]).isEqualTo(names[i]);
                }
                assertThat(Arrays.asList(names)).doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void looksAtCompressedFilesButDoesNotOpenThem() throws Exception {
        Files.writeString(tree.resolve("file"), "text ".repeat(10_000));
        try (ErofsFileSystem fileSystem = Images.open(image("compressed", "-zlz4"))) {
            Paths paths = new Paths(vfs.newMountNamespace(fileSystem).root());
            Stat stat = new Stat();
            vfs.stat(Credentials.root(), paths.at("file"), stat);
            assertThat(stat.size).isEqualTo(50_000);
            assertThat(outcome(() -> paths.open("file", OpenFlags.O_RDONLY))).isEqualTo("EOPNOTSUPP");
        }
    }
}
