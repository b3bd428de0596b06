package org.caisson.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Statx;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Symbolic links that are mounted over other files, and what walks make of them, as with the kernel. */
@ExtendWith(FdLeakCheck.class)
class LinkMountAgainstKernelTest {
    private static final int CLONE_NEWNS = 0x20000;
    private static final int OPEN_TREE_CLONE = 1;
    private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;

    private static final List<String> DIRECTORIES = List.of("d", "d/sub", "e", "e/sub");
    private static final List<String> FILES = List.of("f", "g", "h", "d/t", "d/f", "d/sub/x", "e/t", "e/sub/y");
    private static final List<String[]> LINKS = List.of(
            new String[] {"e/l", "t"},
            new String[] {"e/absolute", "/d/t"},
            new String[] {"e/up", "../d/sub"},
            new String[] {"e/nothing", "gone"},
            new String[] {"e/self", "f"},
            new String[] {"e/further", "over"},
            new String[] {"d/over", "/d/far"},
            new String[] {"e/deep", "e/gone"},
            new String[] {"e/covered", "sub"});

    /** What is mounted where, and what is looked at then. */
    private static final List<String[]> MOUNTS = List.of(
            new String[] {"e/l", "d/f"},
            new String[] {"e/absolute", "d/f"},
            new String[] {"e/up", "d/f"},
            new String[] {"e/nothing", "d/f"},
            new String[] {"e/self", "d/f"},
            new String[] {"e/further", "d/f"},
            new String[] {"e/deep", "d/f"},
            new String[] {"e/nothing", "e/l"},
            new String[] {"d/t", "e/nothing"},
            new String[] {"e/l", "d/sub"},
            new String[] {"e/up", "e/l"},
            new String[] {"d/t", "e/l"},
            new String[] {"e/up", "e/covered"});

    private static final List<String> LOOKED_AT = List.of(
            "d/f",
            "d/f/",
            "d/f/x",
            "d/f/sub/x",
            "d/f/../t",
            "d/t",
            "d/sub",
            "e/nothing",
            "e/l",
            "e/l/x",
            "e/l/",
            "e/covered",
            "e/covered/x");

    /** Flags that make what dangling links lead to, or do not. */
    private static final int[] CREATING = {
        OpenFlags.O_RDONLY,
        OpenFlags.O_WRONLY | OpenFlags.O_TRUNC,
        OpenFlags.O_RDWR | OpenFlags.O_NOFOLLOW,
        OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY,
        OpenFlags.O_WRONLY | OpenFlags.O_EXCL,
        OpenFlags.O_PATH
    };

    /** What is made so. */
    private static final List<String> MADE = List.of("gone", "d/gone", "e/gone", "d/up", "d/far", "d/e/gone");

    /** A side of the comparison. */
    private abstract static class Side {
        abstract void mkdir(String path) throws ErrnoException;

        abstract void mknod(String path) throws ErrnoException;

        abstract void symlink(String target, String path) throws ErrnoException;

        /** Mounts what is at a path, which is not followed, over another. */
        abstract void cover(String what, String where) throws ErrnoException;

        abstract void unmount(String where, int flags) throws ErrnoException;

        abstract long stat(String path, boolean follow) throws ErrnoException;

        abstract String readlink(String path) throws ErrnoException;

        abstract void open(String path, int flags, int mode) throws ErrnoException;

        abstract void unlink(String path) throws ErrnoException;

        @FunctionalInterface
        interface Work {
            Object run() throws ErrnoException;
        }

        static String told(Work work) {
            try {
                return String.valueOf(work.run());
            } catch (ErrnoException e) {
                return e.errno().name();
            }
        }

        private String done(Opening work) {
            return told(() -> {
                work.run();
                return "fine";
            });
        }

        @FunctionalInterface
        interface Opening {
            void run() throws ErrnoException;
        }

        /** Modes and numbers are those of other runs: files are told by the first path that leads to each. */
        private String identity(String path, boolean follow) {
            return told(() -> {
                long number = stat(path, follow);
                for (String known : FILES) {
                    if (stat(known, false) == number) {
                        return known;
                    }
                }
                for (String known : DIRECTORIES) {
                    if (stat(known, false) == number) {
                        return known;
                    }
                }
                for (String[] link : LINKS) {
                    if (stat(link[0], false) == number) {
                        return link[0];
                    }
                }
                return "another";
            });
        }

        List<String> play() throws ErrnoException {
            for (String path : DIRECTORIES) {
                mkdir(path);
            }
            for (String path : FILES) {
                mknod(path);
            }
            for (String[] link : LINKS) {
                symlink(link[1], link[0]);
            }
            List<String> lines = new ArrayList<>();
            for (String[] mount : MOUNTS) {
                String what = mount[0] + " over " + mount[1] + ": ";
                lines.add(what + done(() -> cover(mount[0], mount[1])));
                for (String path : LOOKED_AT) {
                    lines.add(what + path + " is " + identity(path, true) + ", itself " + identity(path, false)
                            + ", leads to " + told(() -> readlink(path)) + ", opens "
                            + done(() -> open(path, OpenFlags.O_RDONLY, 0)) + ", itself "
                            + done(() -> open(path, OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW, 0)) + ", made "
                            + done(() -> open(path, OpenFlags.O_RDONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0600)));
                }
                for (int flags : CREATING) {
                    for (String path : LOOKED_AT) {
                        lines.add(what + path + " opened or made with " + Integer.toOctalString(flags) + " "
                                + done(() -> open(path, flags | OpenFlags.O_CREAT, 0600)));
                        for (String made : MADE) {
                            lines.add(what + path + " made " + made + ": " + done(() -> unlink(made)));
                        }
                    }
                }
                lines.add(what + "unlink " + done(() -> unlink(mount[1])));
                lines.add(what + "unmount what it leads to " + done(() -> unmount(mount[1], 0)));
                lines.add(what + "unmount " + done(() -> unmount(mount[1], MountFlags.UMOUNT_NOFOLLOW)));
            }
            return lines;
        }
    }

    @Test
    void mountedLinksAreFollowed() throws Exception {
        Path directory = Files.createTempDirectory("caisson-links");
        try {
            FutureTask<List<String>> kernel = new FutureTask<>(() -> new Kernel(directory.toString()).playAndEnd());
            new Thread(kernel).start();
            List<String> theirs = kernel.get(1, TimeUnit.MINUTES);
            try (MappedPageStore store = MappedPageStore.anonymous()) {
                assertThat(new Ours(store).play()).containsExactlyElementsOf(theirs);
            }
        } finally {
            Files.delete(directory);
        }
    }

    /** In a namespace and a working directory of the thread's own. */
    private static final class Kernel extends Side {
        private static final int HERE = AtFlags.AT_FDCWD;
        private final String top;

        Kernel(String directory) throws ErrnoException {
            NamespaceCalls.unshare(CLONE_NEWNS);
            MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
            MountCalls.mount("none", directory, "tmpfs", 0, "");
            top = directory;
        }

        /** No root of its own: the thread has classes to find yet. */
        List<String> playAndEnd() throws ErrnoException {
            try (Arena arena = Arena.ofConfined()) {
                long path = arena.allocateFrom(top).address();
                Syscalls.check(Syscalls.call(SyscallNumbers.CHDIR, path), "chdir");
            }
            return play();
        }

        @Override
        void mkdir(String path) throws ErrnoException {
            FileCalls.mkdirat(HERE, path, 0755);
        }

        @Override
        void mknod(String path) throws ErrnoException {
            FileCalls.mknodat(HERE, path, 0100644, 0);
        }

        @Override
        void symlink(String target, String path) throws ErrnoException {
            FileCalls.symlinkat(target.startsWith("/") ? top + target : target, HERE, path);
        }

        @Override
        void cover(String what, String where) throws ErrnoException {
            try (OwnedFd tree = MountCalls.openTree(HERE, what, OPEN_TREE_CLONE | AtFlags.AT_SYMLINK_NOFOLLOW)) {
                MountCalls.moveMount(tree.number(), "", HERE, where, MOVE_MOUNT_F_EMPTY_PATH);
            }
        }

        @Override
        void unmount(String where, int flags) throws ErrnoException {
            MountCalls.umount2(where, flags);
        }

        @Override
        long stat(String path, boolean follow) throws ErrnoException {
            try (Arena arena = Arena.ofConfined()) {
                Statx stat = Statx.allocate(arena);
                int flags = follow ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW;
                FileCalls.statx(HERE, path, flags, Statx.STATX_BASIC_STATS, stat);
                return stat.inode();
            }
        }

        @Override
        String readlink(String path) throws ErrnoException {
            return new String(FileCalls.readlinkat(HERE, path), StandardCharsets.UTF_8).replace(top, "");
        }

        @Override
        void open(String path, int flags, int mode) throws ErrnoException {
            FileCalls.openat(HERE, path, flags, mode).close();
        }

        @Override
        void unlink(String path) throws ErrnoException {
            FileCalls.unlinkat(HERE, path, 0);
        }
    }

    private static final class Ours extends Side {
        private final VirtualFileSystem vfs = new VirtualFileSystem();
        private final Credentials admin = Credentials.root();
        private final VirtualDentry root;

        Ours(MappedPageStore store) {
            root = vfs.newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, store))
                    .root();
        }

        private PathOperation at(String path) {
            return new PathOperation().root(root).start(root).path(path);
        }

        @Override
        void mkdir(String path) throws ErrnoException {
            vfs.mkdir(admin, at(path), 0755);
        }

        @Override
        void mknod(String path) throws ErrnoException {
            vfs.mknod(admin, at(path), 0100644, 0);
        }

        @Override
        void symlink(String target, String path) throws ErrnoException {
            vfs.symlink(admin, at(path), MemorySegment.ofArray(target.getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        void cover(String what, String where) throws ErrnoException {
            try (DetachedTree tree = vfs.mounts().openTree(admin, at(what), AtFlags.AT_SYMLINK_NOFOLLOW)) {
                PathOperation from = at("").itself(tree.root());
                vfs.mounts().moveMount(admin, from, at(where), 0);
            }
        }

        @Override
        void unmount(String where, int flags) throws ErrnoException {
            vfs.unmount(admin, at(where), flags);
        }

        @Override
        long stat(String path, boolean follow) throws ErrnoException {
            Stat stat = new Stat();
            vfs.stat(admin, at(path).followFinal(follow), stat);
            return stat.inode;
        }

        @Override
        String readlink(String path) throws ErrnoException {
            byte[] target = new byte[100];
            int length = vfs.readlink(admin, at(path), MemorySegment.ofArray(target));
            return new String(target, 0, length, StandardCharsets.UTF_8);
        }

        @Override
        void open(String path, int flags, int mode) throws ErrnoException {
            vfs.open(admin, at(path), new OpenOptions(flags, mode)).close();
        }

        @Override
        void unlink(String path) throws ErrnoException {
            vfs.unlink(admin, at(path));
        }
    }
}
