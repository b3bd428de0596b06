package org.caisson.vfs.differential;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.FileFlags;
import org.caisson.linux.Fsxattr;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.NamespaceCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.Statx;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.caisson.vfs.LinkProtection;

/**
 * The kernel's tree: raw calls by a thread that has a mount namespace, a root directory, ids and a umask of its own, which end with
 * it. To be made and used by one thread, which sees no class files any more.
 */
final class KernelSubject extends Subject {
    /** Makes the tree that is to be the root, in a mount namespace that is the thread's own. */
    @FunctionalInterface
    interface Setup {
        void mount(String directory) throws ErrnoException;
    }

    private static final int CLONE_NEWNS = 0x20000;
    /** Longer than a tick, of which there are 100 to 1000 a second. */
    private static final int TICK_MILLIS = 12;

    /** Of a request of ioctl(2), which is no negative number. */
    private static final long MASK = 0xFFFFFFFFL;

    private static final long HERE = AtFlags.AT_FDCWD;

    private final MemorySegment first = arena.allocate(8192);
    private final MemorySegment second = arena.allocate(8192);
    private final MemorySegment struct = arena.allocate(4096, 8);
    private final MemorySegment value = arena.allocate(1 << 17);
    private final Statx stat = Statx.allocate(arena);
    private final int[] fds = new int[SLOTS + 1];
    private final int openFiles;

    KernelSubject(String directory, int umask, Setup setup) throws ErrnoException {
        Arrays.fill(fds, -1);
        NamespaceCalls.unshare(CLONE_NEWNS);
        MountCalls.mount("none", "/", "", MountFlags.MS_REC | MountFlags.MS_PRIVATE, "");
        setup.mount(directory);
        openFiles = (int) Syscalls.check(
                Syscalls.call(SyscallNumbers.OPENAT, HERE, c(first, "/proc/thread-self/fd"), OpenFlags.O_PATH),
                "open fd");
        Syscalls.check(Syscalls.call(SyscallNumbers.CHROOT, c(first, directory)), "chroot");
        Syscalls.check(Syscalls.call(SyscallNumbers.CHDIR, c(first, "/")), "chdir");
        Syscalls.call(SyscallNumbers.UMASK, umask);
    }

    /** How the kernel's settings are at the moment; to be asked before the root changes. */
    static LinkProtection protection() throws IOException {
        return new LinkProtection(setting("symlinks"), setting("hardlinks"), setting("regular"), setting("fifos"));
    }

    private static int setting(String what) throws IOException {
        return Integer.parseInt(
                Files.readString(Path.of("/proc/sys/fs/protected_" + what)).strip());
    }

    private static long c(MemorySegment memory, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        memory.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
        return memory.address();
    }

    @Override
    public void close() {
        actAs(WHO.get(0));
        for (int slot = 0; slot <= SLOTS; slot++) {
            close(slot);
        }
        Syscalls.call(SyscallNumbers.CLOSE, openFiles);
        super.close();
    }

    /** The kernel's clock for times ticks so seldom that two changes between two ticks may look like one. */
    @Override
    void afterDump() {
        try {
            Thread.sleep(TICK_MILLIS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    void actAs(Who who) {
        Syscalls.call(SyscallNumbers.SETRESUID, -1, 0, -1);
        for (int i = 0; i < who.groups().size(); i++) {
            struct.setAtIndex(ValueLayout.JAVA_INT, i, who.groups().get(i));
        }
        Syscalls.call(SyscallNumbers.SETGROUPS, who.groups().size(), struct.address());
        Syscalls.call(SyscallNumbers.SETRESGID, -1, who.gid(), -1);
        Syscalls.call(SyscallNumbers.SETRESUID, -1, who.uid(), -1);
    }

    @Override
    long mkdir(String path, int mode) {
        return Syscalls.call(SyscallNumbers.MKDIRAT, HERE, c(first, path), mode);
    }

    @Override
    long mknod(String path, int mode, long device) {
        return Syscalls.call(SyscallNumbers.MKNODAT, HERE, c(first, path), mode, device);
    }

    @Override
    long symlink(String path, String target) {
        return Syscalls.call(SyscallNumbers.SYMLINKAT, c(second, target), HERE, c(first, path));
    }

    @Override
    long link(String path, String other, boolean follow) {
        int flags = follow ? AtFlags.AT_SYMLINK_FOLLOW : 0;
        return Syscalls.call(SyscallNumbers.LINKAT, HERE, c(first, path), HERE, c(second, other), flags);
    }

    @Override
    long linkOpen(int slot, String path) {
        if (fds[slot] < 0) {
            return -9;
        }
        String number = Integer.toString(fds[slot]);
        return Syscalls.call(
                SyscallNumbers.LINKAT, openFiles, c(first, number), HERE, c(second, path), AtFlags.AT_SYMLINK_FOLLOW);
    }

    @Override
    long unlink(String path) {
        return Syscalls.call(SyscallNumbers.UNLINKAT, HERE, c(first, path), 0);
    }

    @Override
    long rmdir(String path) {
        return Syscalls.call(SyscallNumbers.UNLINKAT, HERE, c(first, path), AtFlags.AT_REMOVEDIR);
    }

    @Override
    long rename(String path, String other, int flags) {
        return Syscalls.call(SyscallNumbers.RENAMEAT2, HERE, c(first, path), HERE, c(second, other), flags);
    }

    @Override
    long open(int slot, String path, int flags, int mode) {
        return openInto(slot, HERE, path, flags, mode);
    }

    private long openInto(int slot, long directory, String path, int flags, int mode) {
        long fd = Syscalls.call(SyscallNumbers.OPENAT, directory, c(first, path), flags, mode);
        if (fd < 0) {
            return fd;
        }
        close(slot);
        fds[slot] = (int) fd;
        return 0;
    }

    @Override
    long reopen(int slot, int into, int flags) {
        return fds[slot] < 0 ? -9 : openInto(into, openFiles, Integer.toString(fds[slot]), flags, 0600);
    }

    @Override
    long close(int slot) {
        long result = Syscalls.call(SyscallNumbers.CLOSE, fds[slot]);
        fds[slot] = -1;
        return result;
    }

    @Override
    long read(int slot, MemorySegment target) {
        return Syscalls.call(SyscallNumbers.READ, fds[slot], target.address(), target.byteSize());
    }

    @Override
    long write(int slot, MemorySegment source) {
        return Syscalls.call(SyscallNumbers.WRITE, fds[slot], source.address(), source.byteSize());
    }

    @Override
    long pread(int slot, MemorySegment target, long offset) {
        return Syscalls.call(SyscallNumbers.PREAD64, fds[slot], target.address(), target.byteSize(), offset);
    }

    @Override
    long pwrite(int slot, MemorySegment source, long offset) {
        return Syscalls.call(SyscallNumbers.PWRITE64, fds[slot], source.address(), source.byteSize(), offset);
    }

    private long vectors(List<MemorySegment> segments) {
        for (int i = 0; i < segments.size(); i++) {
            struct.setAtIndex(ValueLayout.JAVA_LONG, 2L * i, segments.get(i).address());
            struct.setAtIndex(ValueLayout.JAVA_LONG, 2L * i + 1, segments.get(i).byteSize());
        }
        return struct.address();
    }

    @Override
    long readv(int slot, List<MemorySegment> targets, long offset) {
        long vectors = vectors(targets);
        return offset < 0
                ? Syscalls.call(SyscallNumbers.READV, fds[slot], vectors, targets.size())
                : Syscalls.call(SyscallNumbers.PREADV, fds[slot], vectors, targets.size(), offset);
    }

    @Override
    long writev(int slot, List<MemorySegment> sources, long offset) {
        long vectors = vectors(sources);
        return offset < 0
                ? Syscalls.call(SyscallNumbers.WRITEV, fds[slot], vectors, sources.size())
                : Syscalls.call(SyscallNumbers.PWRITEV, fds[slot], vectors, sources.size(), offset);
    }

    @Override
    long seek(int slot, long offset, int whence) {
        return Syscalls.call(SyscallNumbers.LSEEK, fds[slot], offset, whence);
    }

    @Override
    long truncate(String path, long size) {
        return Syscalls.call(SyscallNumbers.TRUNCATE, c(first, path), size);
    }

    @Override
    long ftruncate(int slot, long size) {
        return Syscalls.call(SyscallNumbers.FTRUNCATE, fds[slot], size);
    }

    @Override
    long fallocate(int slot, int mode, long offset, long length) {
        return Syscalls.call(SyscallNumbers.FALLOCATE, fds[slot], mode, offset, length);
    }

    @Override
    long copyRange(int slot, long offset, int into, long targetOffset, long length, int flags) {
        struct.setAtIndex(ValueLayout.JAVA_LONG, 0, offset);
        struct.setAtIndex(ValueLayout.JAVA_LONG, 1, targetOffset);
        return Syscalls.call(
                SyscallNumbers.COPY_FILE_RANGE,
                fds[slot],
                struct.address(),
                fds[into],
                struct.address() + 8,
                length,
                flags);
    }

    @Override
    long chmod(String path, int mode) {
        return Syscalls.call(SyscallNumbers.FCHMODAT, HERE, c(first, path), mode);
    }

    @Override
    long fchmod(int slot, int mode) {
        return Syscalls.call(SyscallNumbers.FCHMOD, fds[slot], mode);
    }

    @Override
    long chown(String path, int uid, int gid, boolean follow) {
        int flags = follow ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW;
        return Syscalls.call(SyscallNumbers.FCHOWNAT, HERE, c(first, path), uid, gid, flags);
    }

    @Override
    long fchown(int slot, int uid, int gid) {
        return Syscalls.call(SyscallNumbers.FCHOWN, fds[slot], uid, gid);
    }

    @Override
    long utimes(String path, long seconds, long accessNanos, long modifyNanos, boolean follow) {
        struct.setAtIndex(ValueLayout.JAVA_LONG, 0, seconds);
        struct.setAtIndex(ValueLayout.JAVA_LONG, 1, accessNanos);
        struct.setAtIndex(ValueLayout.JAVA_LONG, 2, seconds);
        struct.setAtIndex(ValueLayout.JAVA_LONG, 3, modifyNanos);
        int flags = follow ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW;
        return Syscalls.call(SyscallNumbers.UTIMENSAT, HERE, c(first, path), struct.address(), flags);
    }

    @Override
    long stat(String path, boolean follow, Seen out) {
        return stat(HERE, path, follow ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW, out);
    }

    @Override
    long fstat(int slot, Seen out) {
        return stat(fds[slot], "", AtFlags.AT_EMPTY_PATH, out);
    }

    private long stat(long directory, String path, int flags, Seen out) {
        long result = Syscalls.call(
                SyscallNumbers.STATX,
                directory,
                c(first, path),
                flags,
                Statx.STATX_BASIC_STATS,
                stat.segment().address());
        if (result == 0) {
            out.mode = stat.mode();
            out.inode = stat.inode();
            out.links = stat.links();
            out.uid = stat.uid();
            out.gid = stat.gid();
            out.size = stat.size();
            out.blocks = stat.blocks();
            MemorySegment raw = stat.segment();
            out.device = (long) raw.get(ValueLayout.JAVA_INT, 0x80) << 8 | raw.get(ValueLayout.JAVA_INT, 0x84);
            out.accessSeconds = raw.get(ValueLayout.JAVA_LONG, 0x40);
            out.accessNanos = raw.get(ValueLayout.JAVA_INT, 0x48);
            out.changeSeconds = raw.get(ValueLayout.JAVA_LONG, 0x60);
            out.changeNanos = raw.get(ValueLayout.JAVA_INT, 0x68);
            out.modifySeconds = raw.get(ValueLayout.JAVA_LONG, 0x70);
            out.modifyNanos = raw.get(ValueLayout.JAVA_INT, 0x78);
        }
        return result;
    }

    @Override
    long access(String path, int wanted) {
        return Syscalls.call(SyscallNumbers.FACCESSAT2, HERE, c(first, path), wanted, AtFlags.AT_EACCESS);
    }

    @Override
    long readlink(String path, MemorySegment target) {
        return Syscalls.call(SyscallNumbers.READLINKAT, HERE, c(first, path), target.address(), target.byteSize());
    }

    @Override
    long list(String path, List<String> names) {
        long fd =
                Syscalls.call(SyscallNumbers.OPENAT, HERE, c(first, path), OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (fd < 0) {
            return fd;
        }
        while (true) {
            long count = Syscalls.call(SyscallNumbers.GETDENTS64, fd, struct.address(), struct.byteSize());
            if (count <= 0) {
                Syscalls.call(SyscallNumbers.CLOSE, fd);
                return count;
            }
            for (long at = 0; at < count; at += struct.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 16)) {
                int type = struct.get(ValueLayout.JAVA_BYTE, at + 18);
                names.add(struct.getString(at + 19) + " " + type);
            }
        }
    }

    @Override
    long statfs(String path, long[] out) {
        long result = Syscalls.call(SyscallNumbers.STATFS, c(first, path), struct.address());
        for (int i = 0; i < 2; i++) {
            out[i] = struct.getAtIndex(ValueLayout.JAVA_LONG, 2 + i);
            out[2 + i] = struct.getAtIndex(ValueLayout.JAVA_LONG, 5 + i);
        }
        return result;
    }

    private long value(byte[] bytes) {
        MemorySegment.copy(bytes, 0, value, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return value.address();
    }

    @Override
    long setXattr(String path, String name, byte[] bytes, int flags) {
        return Syscalls.call(
                SyscallNumbers.LSETXATTR, c(first, path), c(second, name), value(bytes), bytes.length, flags);
    }

    @Override
    long fsetXattr(int slot, String name, byte[] bytes, int flags) {
        return Syscalls.call(SyscallNumbers.FSETXATTR, fds[slot], c(second, name), value(bytes), bytes.length, flags);
    }

    @Override
    long getXattr(String path, String name, MemorySegment target) {
        return Syscalls.call(
                SyscallNumbers.LGETXATTR, c(first, path), c(second, name), target.address(), target.byteSize());
    }

    @Override
    long listXattr(String path, MemorySegment target) {
        return Syscalls.call(SyscallNumbers.LLISTXATTR, c(first, path), target.address(), target.byteSize());
    }

    @Override
    long removeXattr(String path, String name) {
        return Syscalls.call(SyscallNumbers.LREMOVEXATTR, c(first, path), c(second, name));
    }

    @Override
    long setFlags(int slot, int flags) {
        return Syscalls.call(SyscallNumbers.FCNTL, fds[slot], FileCalls.F_SETFL, flags);
    }

    @Override
    long fileFlags(int slot) {
        long outcome =
                Syscalls.call(SyscallNumbers.IOCTL, fds[slot], FileFlags.FS_IOC_GETFLAGS & MASK, struct.address());
        return outcome < 0 ? outcome : struct.get(ValueLayout.JAVA_INT, 0);
    }

    @Override
    long setFileFlags(int slot, int flags) {
        struct.set(ValueLayout.JAVA_INT, 0, flags);
        return Syscalls.call(SyscallNumbers.IOCTL, fds[slot], FileFlags.FS_IOC_SETFLAGS & MASK, struct.address());
    }

    @Override
    long fileAttributes(int slot) {
        return Syscalls.call(SyscallNumbers.IOCTL, fds[slot], Fsxattr.FS_IOC_FSGETXATTR & MASK, data.address());
    }

    @Override
    long setFileAttributes(int slot) {
        return Syscalls.call(SyscallNumbers.IOCTL, fds[slot], Fsxattr.FS_IOC_FSSETXATTR & MASK, data.address());
    }

    @Override
    String statx(String path, boolean follow) {
        return extended(HERE, path, follow ? 0 : AtFlags.AT_SYMLINK_NOFOLLOW);
    }

    @Override
    String fstatx(int slot) {
        return extended(fds[slot], "", AtFlags.AT_EMPTY_PATH);
    }

    private String extended(long directory, String path, int flags) {
        int asked = Statx.STATX_BASIC_STATS | Statx.STATX_BTIME;
        long outcome = Syscalls.call(
                SyscallNumbers.STATX,
                directory,
                c(first, path),
                flags,
                asked,
                stat.segment().address());
        return outcome < 0
                ? Long.toString(outcome)
                : String.format("%x %x %x", stat.mask() & asked, stat.attributes(), stat.attributesMask());
    }
}
