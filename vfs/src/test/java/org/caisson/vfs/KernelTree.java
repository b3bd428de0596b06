package org.caisson.vfs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.Statx;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * The kernel's side of a comparison: raw calls, by a thread that has a mount namespace, a root directory and file system
 * ids of its own. All of it ends with the thread.
 */
final class KernelTree implements AutoCloseable {
    private static final int CLONE_NEWNS = 0x20000;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment first = arena.allocate(8192);
    private final MemorySegment second = arena.allocate(8192);
    private final MemorySegment buffer = arena.allocate(8192);
    private final MemorySegment how = arena.allocate(24, 8);
    final Statx stat = Statx.allocate(arena);

    /** Loads what a thread may need that will not see the class files any more. */
    static void loadClasses() throws Exception {
        for (Class<?> anchor : List.of(Errno.class, VirtualFileSystem.class, KernelTree.class)) {
            Path place = Path.of(
                    anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (!Files.isDirectory(place)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(place)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    String name = place.relativize(file).toString();
                    if (name.endsWith(".class") && !name.endsWith("-info.class")) {
                        Class.forName(name.substring(0, name.length() - 6).replace('/', '.'));
                    }
                }
            }
        }
    }

    /** Gives the calling thread a mount namespace in which nothing spreads to others. */
    static void enterOwnMounts() throws ErrnoException {
        NamespaceCalls.unshare(CLONE_NEWNS);
        MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
    }

    static Path mountTmpfs(Path at) throws ErrnoException {
        MountCalls.mount("none", at.toString(), "tmpfs", 0, "mode=0555");
        return at;
    }

    static Path temporaryDirectory() throws java.io.IOException {
        return Files.createTempDirectory("caisson-vfs");
    }

    /** Makes a directory the root and working directory of the calling thread. */
    void enterRoot(Path root) throws ErrnoException {
        Syscalls.check(Syscalls.call(SyscallNumbers.CHROOT, c(first, root.toString())), "chroot");
        Syscalls.check(Syscalls.call(SyscallNumbers.CHDIR, c(first, "/")), "chdir");
    }

    /** Acts as another user from now on, without capabilities over files unless it is user 0. */
    static void actAs(int uid, int gid) throws ErrnoException {
        Syscalls.check(Syscalls.call(SyscallNumbers.SETGROUPS, 0, 0), "setgroups");
        Syscalls.call(SyscallNumbers.SETFSGID, gid);
        Syscalls.call(SyscallNumbers.SETFSUID, uid);
    }

    private static long c(MemorySegment memory, String text) {
        byte[] bytes = Sprout.bytes(text);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        memory.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
        return memory.address();
    }

    int stat(int directory, String path, boolean follow) {
        int flags = follow ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW;
        return (int) Syscalls.call(
                SyscallNumbers.STATX,
                directory,
                c(first, path),
                flags,
                Statx.STATX_BASIC_STATS,
                stat.segment().address());
    }

    /** Opens and closes again. */
    int open(int directory, String path, int flags) {
        int fd = openPath(directory, path, flags);
        if (fd < 0) {
            return fd;
        }
        Syscalls.call(SyscallNumbers.CLOSE, fd);
        return 0;
    }

    int openPath(int directory, String path, int flags) {
        return (int) Syscalls.call(SyscallNumbers.OPENAT, directory, c(first, path), flags, 0600);
    }

    /** openat2(2); a descriptor or a negated errno. */
    int openat2(int directory, String path, long flags, long mode, long resolve) {
        how.set(ValueLayout.JAVA_LONG, 0, flags);
        how.set(ValueLayout.JAVA_LONG, 8, mode);
        how.set(ValueLayout.JAVA_LONG, 16, resolve);
        return (int) Syscalls.call(SyscallNumbers.OPENAT2, directory, c(first, path), how.address(), how.byteSize());
    }

    /** statx(2) of an open file itself. */
    int statOpened(int fd) {
        return (int) Syscalls.call(
                SyscallNumbers.STATX,
                fd,
                c(first, ""),
                AtFlags.AT_EMPTY_PATH,
                Statx.STATX_BASIC_STATS,
                stat.segment().address());
    }

    /** Makes a mount the root of the calling thread's mount namespace; what was there is taken off. */
    void pivotTo(Path root) throws ErrnoException {
        Syscalls.check(Syscalls.call(SyscallNumbers.CHDIR, c(first, root.toString())), "chdir");
        Syscalls.check(Syscalls.call(SyscallNumbers.PIVOT_ROOT, c(first, "."), c(second, ".")), "pivot_root");
        MountCalls.umount2(".", MountFlags.MNT_DETACH);
        Syscalls.check(Syscalls.call(SyscallNumbers.CHDIR, c(first, "/")), "chdir");
    }

    /** Makes an open directory the root of the calling thread. */
    void changeRoot(int fd) throws ErrnoException {
        Syscalls.check(Syscalls.call(SyscallNumbers.FCHDIR, fd), "fchdir");
        Syscalls.check(Syscalls.call(SyscallNumbers.CHROOT, c(first, ".")), "chroot");
    }

    static void close(int fd) {
        Syscalls.call(SyscallNumbers.CLOSE, fd);
    }

    int readlink(int directory, String path) {
        return (int) Syscalls.call(
                SyscallNumbers.READLINKAT, directory, c(first, path), buffer.address(), buffer.byteSize());
    }

    int access(int directory, String path, int wanted) {
        return (int) Syscalls.call(SyscallNumbers.FACCESSAT2, directory, c(first, path), wanted, AtFlags.AT_EACCESS);
    }

    int mkdir(int directory, String path) {
        return (int) Syscalls.call(SyscallNumbers.MKDIRAT, directory, c(first, path), 0755);
    }

    int mknod(int directory, String path, int mode) {
        return (int) Syscalls.call(SyscallNumbers.MKNODAT, directory, c(first, path), mode, 0);
    }

    int symlink(int directory, String path) {
        return (int) Syscalls.call(SyscallNumbers.SYMLINKAT, c(second, "target"), directory, c(first, path));
    }

    int unlink(int directory, String path) {
        return (int) Syscalls.call(SyscallNumbers.UNLINKAT, directory, c(first, path), 0);
    }

    int rmdir(int directory, String path) {
        return (int) Syscalls.call(SyscallNumbers.UNLINKAT, directory, c(first, path), AtFlags.AT_REMOVEDIR);
    }

    int rename(int directory, String from, String to, int flags) {
        return (int)
                Syscalls.call(SyscallNumbers.RENAMEAT2, directory, c(first, from), directory, c(second, to), flags);
    }

    int link(int directory, String from, String to, boolean follow) {
        int flags = follow ? AtFlags.AT_SYMLINK_FOLLOW : 0;
        return (int) Syscalls.call(SyscallNumbers.LINKAT, directory, c(first, from), directory, c(second, to), flags);
    }

    int truncate(String path) {
        return (int) Syscalls.call(SyscallNumbers.TRUNCATE, c(first, path), 0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
