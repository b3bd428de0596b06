package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMode;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random trees with random mounts on them, in the kernel (tmpfs) and in the virtual file system (synthetic, in the manner
 * of sysfs); then random operations on random paths, each of which must end with the same errno, attributes and identity.
 * Nothing is created: root finds the mounts read-only, and user 1000 may write to no directory.
 */
@ExtendWith(FdLeakCheck.class)
class WalkAgainstKernelTest {
    private static final int OPERATIONS = Integer.getInteger("caisson.vfs.operations", 6000);

    @ParameterizedTest(name = "seed {0}, uid {1}")
    @CsvSource({"1, 0", "2, 0", "3, 1000", "4, 1000", "5, 1000", "6, 0", "7, 1000", "8, 1000"})
    void everyOperationEndsAsInTheKernel(long seed, int uid) throws Exception {
        Path directory = KernelTree.temporaryDirectory();
        KernelTree.loadClasses();
        FutureTask<List<String>> comparison = new FutureTask<>(() -> new Comparison(seed, uid).run(directory));
        try {
            Thread thread = new Thread(comparison);
            thread.start();
            assertThat(comparison.get(2, TimeUnit.MINUTES)).isEmpty();
        } finally {
            Files.delete(directory);
        }
    }

    /** One seeded run. */
    private static final class Comparison {
        private final Random random;
        private final int uid;
        private final Sprout tree;
        private final Sprout mounted;
        private final String mountPoint;
        private final String bindSource;
        private final String bindTarget;

        private final VirtualFileSystem vfs = new VirtualFileSystem();
        private final PathOperation operation = new PathOperation();
        private final PathOperation second = new PathOperation();
        private final Stat stat = new Stat();
        private final Credentials credentials;
        private final VirtualDentry root;
        private final MemorySegment buffer = MemorySegment.ofArray(new byte[8192]);

        private final Map<String, String> identities = new HashMap<>();
        private final List<String> differences = new ArrayList<>();
        private final Map<String, Integer> seen = new java.util.TreeMap<>();

        Comparison(long seed, int uid) {
            this.random = new Random(seed);
            this.uid = uid;
            this.credentials = Credentials.of(uid, uid);
            Sprout grown = Sprout.tree(random, 3);
            while (grown.paths(true).size() < 3) {
                grown = Sprout.tree(random, 3);
            }
            tree = grown;
            mounted = Sprout.tree(random, 2);
            List<String> directories = tree.paths(true);
            mountPoint = directories.get(random.nextInt(directories.size()));
            bindSource = directories.get(random.nextInt(directories.size()));
            bindTarget = directories.get(random.nextInt(directories.size()));
            MountNamespace namespace = vfs.newMountNamespace(SyntheticFileSystem.sys(tree.synthetic()));
            root = namespace.root();
            operation.root(root).start(root);
            second.root(root).start(root);
        }

        List<String> run(Path directory) throws Exception {
            KernelTree.enterOwnMounts();
            KernelTree.mountTmpfs(directory);
            grow(directory.toString(), tree);
            try (KernelTree kernel = new KernelTree()) {
                kernel.enterRoot(directory);
                mount();
                boolean readOnly = uid == 0;
                if (readOnly) {
                    makeReadOnly();
                }
                KernelTree.actAs(uid, uid);
                for (int step = 0; step < OPERATIONS && differences.size() < 10; step++) {
                    oneOperation(kernel);
                }
            }
            return differences;
        }

        private static void grow(String at, Sprout sprout) throws ErrnoException {
            try (OwnedFd fd = FileCalls.open(at, OpenFlags.O_DIRECTORY)) {
                sprout.plant(fd.number());
                FileCalls.fchownat(fd.number(), ".", sprout.uid, sprout.gid, 0);
                FileCalls.fchmodat(fd.number(), ".", sprout.mode, 0);
            }
        }

        private void mount() throws ErrnoException {
            Credentials mounter = Credentials.root();
            KernelTree.mountTmpfs(Path.of(mountPoint));
            grow(mountPoint, mounted);
            vfs.mount(mounter, operation.path(mountPoint), SyntheticFileSystem.sys(mounted.synthetic()), 0);
            // one of the two may be out of reach now, beneath the first mount
            expect(
                    "bind " + bindSource + " to " + bindTarget,
                    outcome(() -> MountCalls.mount(bindSource, bindTarget, null, MountFlags.MS_BIND, null)),
                    outcome(() -> vfs.bind(mounter, operation.path(bindSource), second.path(bindTarget))));
        }

        private void makeReadOnly() throws ErrnoException {
            Credentials mounter = Credentials.root();
            for (String point : List.of("/", mountPoint, bindTarget)) {
                long flags = MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_RDONLY;
                expect(
                        "remount " + point,
                        outcome(() -> MountCalls.mount(null, point, null, flags, null)),
                        outcome(() -> vfs.remount(mounter, operation.path(point), MountFlags.MS_RDONLY)));
            }
        }

        private void oneOperation(KernelTree kernel) throws ErrnoException {
            String start = random.nextInt(3) == 0 ? anyDirectory() : "/";
            String path = Sprout.path(random, 1 + random.nextInt(5));
            int fd = kernel.openPath(-100, start, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
            int ours = outcome(() -> {
                operation.start(root).path(start);
                try (FileDescription opened = vfs.open(
                        credentials, operation, new OpenOptions(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, 0))) {
                    operation.start(opened.place());
                }
            });
            expect("start " + start, fd < 0 ? fd : 0, ours);
            if (fd < 0) {
                return;
            }
            try {
                compare(kernel, fd, path, start + " : " + path);
            } finally {
                KernelTree.close(fd);
            }
        }

        private String anyDirectory() {
            List<String> directories = tree.paths(true);
            return directories.get(random.nextInt(directories.size()));
        }

        private void compare(KernelTree kernel, int fd, String path, String where) throws ErrnoException {
            boolean follow = random.nextBoolean();
            operation.path(path).followFinal(follow);
            switch (random.nextInt(14)) {
                case 0, 1, 2, 3 -> compareStat(kernel, fd, path, where, follow);
                case 4, 5 -> {
                    int flags = openFlags();
                    expect(
                            "open " + Integer.toOctalString(flags) + " " + where,
                            kernel.open(fd, path, flags),
                            outcome(() -> vfs.open(credentials, operation, new OpenOptions(flags, 0600))
                                    .close()));
                }
                case 6 ->
                    expect(
                            "readlink " + where,
                            kernel.readlink(fd, path),
                            count(() -> vfs.readlink(credentials, operation.followFinal(false), buffer)));
                case 7 -> {
                    int wanted = random.nextInt(8);
                    expect(
                            "access " + wanted + " " + where,
                            kernel.access(fd, path, wanted),
                            outcome(() -> vfs.access(credentials, operation.followFinal(true), wanted)));
                }
                case 8 ->
                    expect(
                            "mkdir " + where,
                            kernel.mkdir(fd, path),
                            outcome(() -> vfs.mkdir(credentials, operation.followFinal(false), 0755)));
                case 9 -> {
                    int mode = random.nextBoolean() ? StatMode.S_IFIFO | 0600 : StatMode.S_IFREG | 0600;
                    expect(
                            "mknod " + where,
                            kernel.mknod(fd, path, mode),
                            outcome(() -> vfs.mknod(credentials, operation.followFinal(false), mode, 0)));
                }
                case 10 ->
                    expect(
                            "symlink " + where,
                            kernel.symlink(fd, path),
                            outcome(() -> vfs.symlink(
                                    credentials,
                                    operation.followFinal(false),
                                    MemorySegment.ofArray(Sprout.bytes("target")))));
                case 11 -> {
                    boolean directory = random.nextBoolean();
                    operation.followFinal(false);
                    expect(
                            (directory ? "rmdir " : "unlink ") + where,
                            directory ? kernel.rmdir(fd, path) : kernel.unlink(fd, path),
                            outcome(() -> {
                                if (directory) {
                                    vfs.rmdir(credentials, operation);
                                } else {
                                    vfs.unlink(credentials, operation);
                                }
                            }));
                }
                default -> compareTwoPaths(kernel, fd, path, where, follow);
            }
        }

        private void compareTwoPaths(KernelTree kernel, int fd, String from, String where, boolean follow) {
            String to = Sprout.path(random, 1 + random.nextInt(4));
            second.start(java.util.Objects.requireNonNull(operation.start)).path(to);
            if (random.nextBoolean()) {
                int flags = random.nextInt(3) == 0 ? 1 << random.nextInt(2) : 0;
                operation.followFinal(false);
                expect(
                        "rename " + flags + " " + where + " to " + to,
                        kernel.rename(fd, from, to, flags),
                        outcome(() -> vfs.rename(credentials, operation, second, flags)));
            } else {
                expect(
                        "link " + where + " to " + to,
                        kernel.link(fd, from, to, follow),
                        outcome(() -> vfs.link(credentials, operation, second)));
            }
        }

        private int openFlags() {
            int flags = random.nextInt(3);
            int[] more = {
                OpenFlags.O_DIRECTORY,
                OpenFlags.O_NOFOLLOW,
                OpenFlags.O_PATH,
                OpenFlags.O_TRUNC,
                OpenFlags.O_CREAT,
                OpenFlags.O_CREAT | OpenFlags.O_EXCL,
                OpenFlags.O_NOATIME
            };
            while (random.nextInt(5) < 2) {
                flags |= more[random.nextInt(more.length)];
            }
            return flags;
        }

        private void compareStat(KernelTree kernel, int fd, String path, String where, boolean follow)
                throws ErrnoException {
            int expected = kernel.stat(fd, path, follow);
            int actual = vfs.tryStat(credentials, operation, stat);
            expect("stat " + follow + " " + where, expected, actual);
            if (expected != 0 || actual != 0) {
                return;
            }
            String theirs = describe(kernel.stat.mode(), kernel.stat.uid(), kernel.stat.gid(), kernel.stat.links());
            String ours = describe(stat.mode, stat.uid, stat.gid, stat.links);
            if (!theirs.equals(ours)) {
                differences.add("stat " + where + ": kernel " + theirs + ", ours " + ours);
            }
            String identity = kernel.stat.deviceMinor() + ":" + kernel.stat.inode();
            String ourIdentity = stat.device + ":" + stat.inode;
            String known = identities.putIfAbsent(identity, ourIdentity);
            if (known != null && !known.equals(ourIdentity)) {
                differences.add("stat " + where + " is another file");
            }
        }

        /** Without a formatter, which would load what is out of sight. */
        private static String describe(int mode, int uid, int gid, int links) {
            return Integer.toOctalString(mode) + " " + uid + ":" + gid + " links " + links;
        }

        private void expect(String what, int kernel, int ours) {
            seen.merge(what.substring(0, what.indexOf(' ')) + " " + Math.min(kernel, 0), 1, Integer::sum);
            if (kernel != ours) {
                differences.add(what + ": kernel " + kernel + ", ours " + ours);
            }
        }
    }

    /** Something that may fail with an errno. */
    @FunctionalInterface
    private interface Attempt {
        void run() throws ErrnoException;
    }

    @FunctionalInterface
    private interface Counting {
        int run() throws ErrnoException;
    }

    private static int outcome(Attempt attempt) {
        return count(() -> {
            attempt.run();
            return 0;
        });
    }

    private static int count(Counting attempt) {
        try {
            return attempt.run();
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }
}
