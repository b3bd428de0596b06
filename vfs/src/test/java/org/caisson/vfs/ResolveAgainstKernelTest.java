package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.synthetic.SyntheticFileSystem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * openat2(2) with random flags and RESOLVE bits on random paths of random trees, with mounts among them, by two users, from random
 * starts and beneath random roots that need not contain the start: the kernel and the virtual file system must agree. Nothing is
 * created: nobody may write, and root finds the mounts read-only.
 */
@ExtendWith(FdLeakCheck.class)
class ResolveAgainstKernelTest {
    private static final int OPERATIONS = Integer.getInteger("caisson.vfs.operations", 6000);

    /** The kernel's walks fail so when something is renamed or mounted anywhere on the machine. */
    private static final int PATIENCE = 10_000;

    private static final long[] RESOLVE = {
        OpenFlags.RESOLVE_NO_XDEV,
        OpenFlags.RESOLVE_NO_MAGICLINKS,
        OpenFlags.RESOLVE_NO_SYMLINKS,
        OpenFlags.RESOLVE_BENEATH,
        OpenFlags.RESOLVE_IN_ROOT,
        OpenFlags.RESOLVE_CACHED,
        0x40
    };

    private static final long[] FLAGS = {
        OpenFlags.O_DIRECTORY,
        OpenFlags.O_NOFOLLOW,
        OpenFlags.O_PATH,
        OpenFlags.O_CLOEXEC,
        OpenFlags.O_TRUNC,
        OpenFlags.O_CREAT,
        OpenFlags.O_EXCL,
        OpenFlags.O_TMPFILE,
        0x400000,
        1L << 33
    };

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyPathLeadsAsInTheKernel(long seed) throws Exception {
        Path directory = KernelTree.temporaryDirectory();
        KernelTree.loadClasses();
        FutureTask<List<String>> comparison = new FutureTask<>(() -> new Comparison(seed).run(directory));
        try {
            Thread.ofPlatform().start(comparison);
            assertThat(comparison.get(2, TimeUnit.MINUTES)).isEmpty();
        } finally {
            Files.delete(directory);
        }
    }

    private static final class Comparison {
        private final Random random;
        private final Sprout tree;
        private final Sprout mounted;
        private final List<String> directories;
        private final VirtualFileSystem vfs = new VirtualFileSystem();
        private final PathOperation operation = new PathOperation();
        private final Stat stat = new Stat();
        private final VirtualDentry root;
        private final Arena arena = Arena.ofAuto();
        private final Map<String, String> identities = new HashMap<>();
        private final List<String> differences = new ArrayList<>();

        Comparison(long seed) {
            random = new Random(seed);
            Sprout grown = Sprout.tree(random, 3);
            while (grown.paths(true).size() < 4) {
                grown = Sprout.tree(random, 3);
            }
            tree = grown;
            mounted = Sprout.tree(random, 2);
            directories = new ArrayList<>(tree.paths(true));
            root = vfs.newMountNamespace(SyntheticFileSystem.sys(tree.synthetic()))
                    .root();
            operation.root(root).start(root);
        }

        List<String> run(Path directory) throws Exception {
            KernelTree.enterOwnMounts();
            // Without times of access, whose change would keep RESOLVE_CACHED from following links.
            MountCalls.mount("none", directory.toString(), "tmpfs", MountFlags.MS_NOATIME, "mode=0555");
            grow(directory.toString(), tree);
            try (KernelTree kernel = new KernelTree();
                    KernelRoot ground = new KernelRoot(kernel, directory)) {
                mount();
                for (int step = 0; step < OPERATIONS && differences.size() < 10; step++) {
                    oneOperation(kernel, ground);
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
            String point = anyDirectory();
            MountCalls.mount("none", point, "tmpfs", MountFlags.MS_NOATIME, "mode=0555");
            grow(point, mounted);
            vfs.mount(mounter, operation.path(point), SyntheticFileSystem.sys(mounted.synthetic()), 0);
            for (String path : mounted.paths(true)) {
                directories.add(point + path);
            }
            List<String> readOnly = new ArrayList<>(List.of("/", point));
            PathOperation target = new PathOperation().root(root).start(root);
            for (int i = 0; i < 2; i++) {
                String from = anyDirectory();
                String to = anyDirectory();
                int kernel = outcome(() -> MountCalls.mount(from, to, null, MountFlags.MS_BIND, null));
                int ours = outcome(() -> vfs.bind(mounter, operation.path(from), target.path(to)));
                expect("bind " + from + " to " + to, kernel, ours);
                if (kernel == 0) {
                    readOnly.add(to);
                }
            }
            lookAtAll("", tree);
            lookAtAll(point, mounted);
            String noLinks = readOnly.get(random.nextInt(readOnly.size()));
            for (String path : readOnly) {
                int more = path.equals(noLinks) && random.nextBoolean() ? MountFlags.MS_NOSYMFOLLOW : 0;
                int flags = MountFlags.MS_REMOUNT | MountFlags.MS_BIND | MountFlags.MS_RDONLY | more;
                expect(
                        "remount " + path,
                        outcome(() -> MountCalls.mount(null, path, null, flags | MountFlags.MS_NOATIME, null)),
                        outcome(() -> vfs.remount(mounter, operation.path(path), flags)));
            }
        }

        /** So that RESOLVE_CACHED finds what there is. */
        private void lookAtAll(String at, Sprout sprout) throws ErrnoException {
            vfs.find(Credentials.root(), operation.path(at + "/missing"));
            for (String path : sprout.paths(true)) {
                vfs.find(Credentials.root(), operation.path(at + path + "/missing"));
            }
        }

        private String anyDirectory() {
            return directories.get(random.nextInt(directories.size()));
        }

        private void oneOperation(KernelTree kernel, KernelRoot ground) throws ErrnoException {
            String start = random.nextInt(3) == 0 ? "/" : anyDirectory();
            String top = random.nextInt(3) == 0 ? anyDirectory() : "/";
            int uid = random.nextInt(3) == 0 ? 0 : 1000;
            int startFd = ground.place(start);
            int topFd = ground.place(top);
            try {
                VirtualDentry ourStart = find(start);
                VirtualDentry ourTop = find(top);
                expect("start " + start, startFd < 0 ? startFd : 0, ourStart == null ? startFd : 0);
                if (ourStart == null || ourTop == null || startFd < 0 || topFd < 0) {
                    return;
                }
                operation.root(ourTop).start(ourStart);
                kernel.changeRoot(topFd);
                KernelTree.actAs(uid, uid);
                try {
                    compare(kernel, startFd, Credentials.of(uid, uid), uid + " " + top + " " + start);
                } finally {
                    KernelTree.actAs(0, 0);
                    ground.back();
                }
            } finally {
                if (startFd >= 0) {
                    KernelTree.close(startFd);
                }
                if (topFd >= 0) {
                    KernelTree.close(topFd);
                }
            }
        }

        private @Nullable VirtualDentry find(String path) throws ErrnoException {
            operation.root(root).start(root);
            return vfs.find(Credentials.root(), operation.path(path).followFinal(true));
        }

        private void compare(KernelTree kernel, int start, Credentials credentials, String where)
                throws ErrnoException {
            String path = random.nextInt(40) == 0 ? "" : Sprout.path(random, 1 + random.nextInt(5));
            long flags = random.nextInt(3) == 0 ? random.nextInt(4) : 0;
            while (random.nextInt(5) < 2) {
                flags |= FLAGS[random.nextInt(random.nextInt(3) == 0 ? FLAGS.length : 4)];
            }
            long mode = random.nextInt(12) == 0 ? random.nextInt(1 << 13) : 0;
            long resolve = 0;
            while (random.nextInt(3) > 0 && Long.bitCount(resolve) < 3) {
                resolve |= RESOLVE[random.nextInt(random.nextInt(8) == 0 ? RESOLVE.length : RESOLVE.length - 1)];
            }
            String what = "openat2 " + Long.toOctalString(flags) + " mode " + Long.toOctalString(mode) + " resolve "
                    + resolve + " by " + where + " : " + path;
            OpenHow how = new OpenHow(flags, mode, resolve);
            set(path);
            String[] identity = new String[1];
            int ours = outcome(() -> {
                try (FileDescription opened = vfs.openat2(credentials, operation, how)) {
                    opened.stat(stat);
                    identity[0] = stat.device + ":" + stat.inode;
                }
            });
            int again = -Errno.EAGAIN.number();
            int fd = kernel.openat2(start, path, flags, mode, resolve);
            for (int attempt = 0; attempt < PATIENCE && fd == again && ours != again; attempt++) {
                fd = kernel.openat2(start, path, flags, mode, resolve);
            }
            expect(what, Math.min(fd, 0), ours);
            if (fd >= 0) {
                kernel.statOpened(fd);
                String theirs = kernel.stat.deviceMinor() + ":" + kernel.stat.inode();
                KernelTree.close(fd);
                String known = ours == 0 ? identities.putIfAbsent(theirs, identity[0]) : null;
                if (known != null && !known.equals(identity[0])) {
                    differences.add(what + " is another file");
                }
            }
        }

        /** The path in one of the ways in which it may be given. */
        private void set(String path) {
            byte[] bytes = Sprout.bytes(path);
            switch (random.nextInt(3)) {
                case 0 -> operation.path(bytes, bytes.length);
                case 1 -> {
                    byte[] spare = Arrays.copyOf(bytes, bytes.length + 8 + random.nextInt(8));
                    Arrays.fill(spare, bytes.length, spare.length, (byte) "/x\0".charAt(random.nextInt(3)));
                    operation.path(spare, bytes.length);
                }
                default -> {
                    int offset = random.nextInt(9);
                    MemorySegment memory = arena.allocate(offset + bytes.length + 1L);
                    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, offset, bytes.length);
                    operation.path(memory, offset, bytes.length);
                }
            }
        }

        private void expect(String what, int kernel, int ours) {
            if (kernel != ours) {
                differences.add(what + ": kernel " + kernel + ", ours " + ours);
            }
        }
    }

    /** The root of the namespace, to which the thread comes back from each change of its root. */
    private static final class KernelRoot implements AutoCloseable {
        private final KernelTree kernel;
        private final int fd;

        KernelRoot(KernelTree kernel, Path directory) throws ErrnoException {
            this.kernel = kernel;
            kernel.pivotTo(directory);
            fd = place("/");
        }

        int place(String path) {
            return kernel.openPath(-100, path, OpenFlags.O_PATH);
        }

        void back() throws ErrnoException {
            kernel.changeRoot(fd);
        }

        @Override
        public void close() {
            KernelTree.close(fd);
        }
    }

    /** Something that may fail with an errno. */
    @FunctionalInterface
    private interface Attempt {
        void run() throws ErrnoException;
    }

    private static int outcome(Attempt attempt) {
        try {
            attempt.run();
            return 0;
        } catch (ErrnoException e) {
            return -e.errno().number();
        }
    }
}
