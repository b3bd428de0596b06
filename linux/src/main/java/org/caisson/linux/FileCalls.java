package org.caisson.linux;

import static org.caisson.linux.OpenFlags.O_CLOEXEC;
import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;
import static org.caisson.linux.Syscalls.interrupted;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;

/**
 * System calls on files and descriptors. Each names its man page (section 2 where none is given); each fails with the
 * errno of that page. Descriptors are made close-on-exec. A path is a String (taken as UTF-8) or native bytes.
 *
 * <p>What takes a path fails with ENOENT, ENOTDIR, EACCES, ELOOP and ENAMETOOLONG as path_resolution(7) has it, and what changes a file
 * with EROFS. What takes a descriptor fails with EBADF if it is not open, or not for that. What makes one fails with EMFILE and ENFILE
 * at the limits. Below only what is particular to a call is named.
 */
public final class FileCalls {
    /** Commands of {@code fcntl(2)}. */
    public static final int F_DUPFD = 0;

    public static final int F_GETFD = 1;
    public static final int F_SETFD = 2;
    public static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
    public static final int F_SETPIPE_SZ = 1031;
    public static final int F_GETPIPE_SZ = 1032;
    public static final int F_ADD_SEALS = 1033;
    public static final int F_GET_SEALS = 1034;
    public static final int F_DUPFD_CLOEXEC = 1030;
    public static final int FD_CLOEXEC = 1;

    /** Operations of {@code flock(2)}. */
    public static final int LOCK_SH = 1;

    public static final int LOCK_EX = 2;
    public static final int LOCK_NB = 4;
    public static final int LOCK_UN = 8;

    /** Events of {@code poll(2)}. */
    public static final int POLLIN = 0x1;

    public static final int POLLPRI = 0x2;
    public static final int POLLOUT = 0x4;
    public static final int POLLERR = 0x8;
    public static final int POLLHUP = 0x10;
    public static final int POLLNVAL = 0x20;

    /** {@code lseek(2)}. */
    public static final int SEEK_SET = 0;

    public static final int SEEK_CUR = 1;
    public static final int SEEK_END = 2;

    /** Flags of {@code renameat2(2)}. */
    public static final int RENAME_NOREPLACE = 1;

    public static final int RENAME_EXCHANGE = 2;
    public static final int RENAME_WHITEOUT = 4;

    /** Flags of {@code eventfd2(2)}. */
    public static final int EFD_SEMAPHORE = 1;

    public static final int EFD_NONBLOCK = 0x800;

    /** A nanosecond field of {@link #utimensat} that leaves the time as it is, or takes the present. */
    public static final long UTIME_OMIT = 0x3ffffffe;

    public static final long UTIME_NOW = 0x3fffffff;

    private static final int OPEN_HOW_SIZE = 24;
    private static final int POLLFD_SIZE = 8;

    private FileCalls() {}

    /** {@code openat}; {@code O_CLOEXEC} is added. EEXIST by O_EXCL, EISDIR to write a directory, ENXIO for a pipe without reader. */
    public static OwnedFd openat(int directory, String path, int flags, int mode) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            return openat(directory, scratch.string(path), flags, mode);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static OwnedFd openat(int directory, MemorySegment path, int flags, int mode) throws ErrnoException {
        long fd = call(SyscallNumbers.OPENAT, directory, HostMemory.address(path), flags | O_CLOEXEC, mode);
        return OwnedFd.own((int) check(fd, "open", path));
    }

    /** {@code openat} from the working directory. */
    public static OwnedFd open(String path, int flags) throws ErrnoException {
        return openat(AtFlags.AT_FDCWD, path, flags, 0);
    }

    /**
     * {@code openat2}: {@code resolve} takes the {@code RESOLVE_*} bits, by which EXDEV and ELOOP say that the path leads out; {@code
     * O_CLOEXEC} is added. EAGAIN if something moved meanwhile, EINVAL for bits that the kernel does not know.
     */
    public static OwnedFd openat2(int directory, String path, int flags, int mode, long resolve) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            return openat2(directory, scratch.string(path), flags, mode, resolve);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static OwnedFd openat2(int directory, MemorySegment path, int flags, int mode, long resolve)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment how = scratch.allocate(OPEN_HOW_SIZE);
            how.set(ValueLayout.JAVA_LONG, 0, flags | O_CLOEXEC);
            how.set(ValueLayout.JAVA_LONG, 8, mode);
            how.set(ValueLayout.JAVA_LONG, 16, resolve);
            long fd = call(
                    SyscallNumbers.OPENAT2,
                    directory,
                    HostMemory.address(path),
                    HostMemory.address(how),
                    OPEN_HOW_SIZE);
            return OwnedFd.own((int) check(fd, "open", path));
        }
    }

    /** {@code read} into a native segment; 0 is the end. An interrupted call is made again. EAGAIN, EIO, EISDIR. */
    public static long read(int fd, MemorySegment buffer) throws ErrnoException {
        return check(transfer(SyscallNumbers.READ, fd, buffer, 0), "read", fd);
    }

    /** {@code write} of a native segment, in part or whole. An interrupted call is made again. EAGAIN, EPIPE, ENOSPC, EIO. */
    public static long write(int fd, MemorySegment buffer) throws ErrnoException {
        return check(transfer(SyscallNumbers.WRITE, fd, buffer, 0), "write", fd);
    }

    /** {@code pread64} into a native segment. EINVAL for a negative offset, ESPIPE for a pipe, EISDIR. */
    public static long pread(int fd, MemorySegment buffer, long offset) throws ErrnoException {
        return check(transfer(SyscallNumbers.PREAD64, fd, buffer, offset), "pread", fd);
    }

    /** {@code pwrite64} of a native segment. EINVAL for a negative offset, ESPIPE for a pipe, ENOSPC, EFBIG. */
    public static long pwrite(int fd, MemorySegment buffer, long offset) throws ErrnoException {
        return check(transfer(SyscallNumbers.PWRITE64, fd, buffer, offset), "pwrite", fd);
    }

    /** Writes a whole array, however many {@code write} calls that takes. */
    public static void writeFully(int fd, byte[] bytes) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.bytes(bytes);
            for (long done = 0; done < bytes.length; ) {
                done += write(fd, buffer.asSlice(done));
            }
        }
    }

    /** Reads to the end of the file. */
    public static byte[] readAll(int fd) throws ErrnoException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(8192);
            byte[] chunk = new byte[8192];
            int length;
            while ((length = (int) read(fd, buffer)) > 0) {
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, chunk, 0, length);
                out.write(chunk, 0, length);
            }
        }
        return out.toByteArray();
    }

    /** Opens a file and reads it to its end. */
    public static byte[] readFile(String path) throws ErrnoException {
        try (OwnedFd fd = open(path, OpenFlags.O_RDONLY)) {
            return readAll(fd.number());
        }
    }

    /** Writes an existing file in one {@code write}, as control files of {@code /proc} and cgroups want it. */
    public static void writeFile(String path, byte[] bytes) throws ErrnoException {
        try (OwnedFd fd = open(path, OpenFlags.O_WRONLY);
                Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.bytes(bytes);
            long length = call(SyscallNumbers.WRITE, fd.number(), buffer.address(), bytes.length);
            if (check(length, "write", path) != bytes.length) {
                throw ErrnoException.of(Errno.EIO, "write in part of " + path);
            }
        }
    }

    /** {@code lseek}. EINVAL before the start, ESPIPE for a pipe or socket. */
    public static long lseek(int fd, long offset, int whence) throws ErrnoException {
        return check(call(SyscallNumbers.LSEEK, fd, offset, whence), "lseek", fd);
    }

    /** {@code statx}: {@code mask} says which fields are wanted ({@link Statx#STATX_BASIC_STATS}). */
    public static void statx(int directory, String path, int flags, int mask, Statx out) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            statx(directory, scratch.string(path), flags, mask, out);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void statx(int directory, MemorySegment path, int flags, int mask, Statx out) throws ErrnoException {
        long buffer = HostMemory.address(out.segment());
        check(call(SyscallNumbers.STATX, directory, HostMemory.address(path), flags, mask, buffer), "stat", path);
    }

    /** {@code statx} of the descriptor itself. */
    public static void statx(int fd, Statx out) throws ErrnoException {
        statx(fd, "", AtFlags.AT_EMPTY_PATH, Statx.STATX_BASIC_STATS | Statx.STATX_MNT_ID, out);
    }

    /** {@code fstatfs}. */
    public static void fstatfs(int fd, StatFs out) throws ErrnoException {
        check(call(SyscallNumbers.FSTATFS, fd, HostMemory.address(out.segment())), "statfs", fd);
    }

    /** {@code readlinkat}: the bytes of the target. */
    public static byte[] readlinkat(int directory, String path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            return readlinkat(directory, scratch.string(path));
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static byte[] readlinkat(int directory, MemorySegment path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(4096);
            long length = call(
                    SyscallNumbers.READLINKAT,
                    directory,
                    HostMemory.address(path),
                    HostMemory.address(buffer),
                    buffer.byteSize());
            return buffer.asSlice(0, check(length, "readlink", path)).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** {@code mkdirat}. EEXIST, ENOSPC, EMLINK. */
    public static void mkdirat(int directory, String path, int mode) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            mkdirat(directory, scratch.string(path), mode);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void mkdirat(int directory, MemorySegment path, int mode) throws ErrnoException {
        check(call(SyscallNumbers.MKDIRAT, directory, HostMemory.address(path), mode), "mkdir", path);
    }

    /** {@code unlinkat}; {@link AtFlags#AT_REMOVEDIR} for a directory. EISDIR, ENOTEMPTY, EBUSY for a mount point, EPERM if sticky. */
    public static void unlinkat(int directory, String path, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            unlinkat(directory, scratch.string(path), flags);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void unlinkat(int directory, MemorySegment path, int flags) throws ErrnoException {
        check(call(SyscallNumbers.UNLINKAT, directory, HostMemory.address(path), flags), "unlink", path);
    }

    /** {@code symlinkat}: a link at {@code path} that says {@code target}. EEXIST, ENOSPC. */
    public static void symlinkat(String target, int directory, String path) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            symlinkat(scratch.string(target), directory, scratch.string(path));
        }
    }

    /** As its twin, for paths of raw bytes ended by a NUL. */
    public static void symlinkat(MemorySegment target, int directory, MemorySegment path) throws ErrnoException {
        check(
                call(SyscallNumbers.SYMLINKAT, HostMemory.address(target), directory, HostMemory.address(path)),
                "symlink",
                path);
    }

    /** {@code linkat}. EEXIST, EXDEV, EPERM for a directory or where there are no links, EMLINK. */
    public static void linkat(int fromDirectory, String from, int toDirectory, String to, int flags)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            linkat(fromDirectory, scratch.string(from), toDirectory, scratch.string(to), flags);
        }
    }

    /** As its twin, for paths of raw bytes ended by a NUL. */
    public static void linkat(int fromDirectory, MemorySegment from, int toDirectory, MemorySegment to, int flags)
            throws ErrnoException {
        check(
                call(
                        SyscallNumbers.LINKAT,
                        fromDirectory,
                        HostMemory.address(from),
                        toDirectory,
                        HostMemory.address(to),
                        flags),
                "link",
                to);
    }

    /** {@code renameat2}. EEXIST by RENAME_NOREPLACE, EXDEV, ENOTEMPTY, EISDIR, EINVAL into itself, EBUSY for a mount point. */
    public static void renameat2(int fromDirectory, String from, int toDirectory, String to, int flags)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            renameat2(fromDirectory, scratch.string(from), toDirectory, scratch.string(to), flags);
        }
    }

    /** As its twin, for paths of raw bytes ended by a NUL. */
    public static void renameat2(int fromDirectory, MemorySegment from, int toDirectory, MemorySegment to, int flags)
            throws ErrnoException {
        check(
                call(
                        SyscallNumbers.RENAMEAT2,
                        fromDirectory,
                        HostMemory.address(from),
                        toDirectory,
                        HostMemory.address(to),
                        flags),
                "rename",
                from);
    }

    /** {@code mknodat}; a device number is made by {@link #deviceNumber}. EEXIST, EPERM for a device without CAP_MKNOD, EINVAL. */
    public static void mknodat(int directory, String path, int mode, long device) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            mknodat(directory, scratch.string(path), mode, device);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void mknodat(int directory, MemorySegment path, int mode, long device) throws ErrnoException {
        check(call(SyscallNumbers.MKNODAT, directory, HostMemory.address(path), mode, device), "mknod", path);
    }

    /** {@code fchownat}; an id of -1 stays. EPERM, EINVAL for an id without a mapping. */
    public static void fchownat(int directory, String path, int uid, int gid, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            fchownat(directory, scratch.string(path), uid, gid, flags);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void fchownat(int directory, MemorySegment path, int uid, int gid, int flags) throws ErrnoException {
        check(call(SyscallNumbers.FCHOWNAT, directory, HostMemory.address(path), uid, gid, flags), "chown", path);
    }

    /** {@code fchmodat2}, of Linux 6.6, which knows flags (ENOSYS before); without flags any Linux will do. EPERM, EOPNOTSUPP. */
    public static void fchmodat(int directory, String path, int mode, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            fchmodat(directory, scratch.string(path), mode, flags);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void fchmodat(int directory, MemorySegment path, int mode, int flags) throws ErrnoException {
        long result = flags == 0
                ? call(SyscallNumbers.FCHMODAT, directory, HostMemory.address(path), mode)
                : call(SyscallNumbers.FCHMODAT2, directory, HostMemory.address(path), mode, flags);
        check(result, "chmod", path);
    }

    /** {@code faccessat2}: {@code mode} of 4 read, 2 write, 1 execute. */
    public static void faccessat(int directory, String path, int mode, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            faccessat(directory, scratch.string(path), mode, flags);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void faccessat(int directory, MemorySegment path, int mode, int flags) throws ErrnoException {
        check(call(SyscallNumbers.FACCESSAT2, directory, HostMemory.address(path), mode, flags), "access", path);
    }

    /** {@code utimensat}: nanoseconds may be {@link #UTIME_OMIT} or {@link #UTIME_NOW}. */
    public static void utimensat(
            int directory,
            String path,
            long accessSeconds,
            long accessNanos,
            long modificationSeconds,
            long modificationNanos,
            int flags)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            utimensat(
                    directory,
                    scratch.string(path),
                    accessSeconds,
                    accessNanos,
                    modificationSeconds,
                    modificationNanos,
                    flags);
        }
    }

    /** As its twin, for a path of raw bytes ended by a NUL. */
    public static void utimensat(
            int directory,
            MemorySegment path,
            long accessSeconds,
            long accessNanos,
            long modificationSeconds,
            long modificationNanos,
            int flags)
            throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment times = scratch.allocate(32);
            times.set(ValueLayout.JAVA_LONG, 0, accessSeconds);
            times.set(ValueLayout.JAVA_LONG, 8, accessNanos);
            times.set(ValueLayout.JAVA_LONG, 16, modificationSeconds);
            times.set(ValueLayout.JAVA_LONG, 24, modificationNanos);
            long result = call(
                    SyscallNumbers.UTIMENSAT, directory, HostMemory.address(path), HostMemory.address(times), flags);
            check(result, "utimensat", path);
        }
    }

    /** {@code getdents64}: fills a buffer for {@link DirectoryEntries} and answers its length, 0 at the end. ENOTDIR, EINVAL if too small. */
    public static long getdents(int fd, MemorySegment buffer) throws ErrnoException {
        return check(transfer(SyscallNumbers.GETDENTS64, fd, buffer, 0), "getdents", fd);
    }

    /** {@code ftruncate}. EINVAL for what is no regular file or not open to be written, EFBIG, EPERM if sealed. */
    public static void ftruncate(int fd, long length) throws ErrnoException {
        check(call(SyscallNumbers.FTRUNCATE, fd, length), "ftruncate", fd);
    }

    /** {@code fallocate}. EOPNOTSUPP for what the file system cannot, ENOSPC, EINVAL, EFBIG. */
    public static void fallocate(int fd, int mode, long offset, long length) throws ErrnoException {
        check(call(SyscallNumbers.FALLOCATE, fd, mode, offset, length), "fallocate", fd);
    }

    /** {@code fsync}. EIO, ENOSPC, EINVAL for what cannot be synchronized. */
    public static void fsync(int fd) throws ErrnoException {
        check(call(SyscallNumbers.FSYNC, fd), "fsync", fd);
    }

    /** {@code flock}; waits again when interrupted. EWOULDBLOCK by {@link #LOCK_NB}. */
    public static void flock(int fd, int operation) throws ErrnoException {
        long result;
        do {
            result = call(SyscallNumbers.FLOCK, fd, operation);
        } while (interrupted(result));
        check(result, "flock", fd);
    }

    /** {@code fcntl} with a number as its argument. EINVAL for a command or number that is not known. */
    public static int fcntl(int fd, int command, long argument) throws ErrnoException {
        return (int) check(call(SyscallNumbers.FCNTL, fd, command, argument), "fcntl", fd);
    }

    /** {@code pipe2}; {@code O_CLOEXEC} is added. */
    public static Pipe pipe2(int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment ends = scratch.allocate(8);
            check(call(SyscallNumbers.PIPE2, HostMemory.address(ends), flags | O_CLOEXEC), "pipe");
            return new Pipe(
                    OwnedFd.own(ends.get(ValueLayout.JAVA_INT, 0)), OwnedFd.own(ends.get(ValueLayout.JAVA_INT, 4)));
        }
    }

    /** {@code dup3}: puts an open file at a given number. EINVAL if it is there already. */
    public static void dup3(int fd, int target, int flags) throws ErrnoException {
        check(call(SyscallNumbers.DUP3, fd, target, flags), "dup3", fd);
    }

    /** {@code close_range}. EINVAL. */
    public static void closeRange(int first, int last, int flags) throws ErrnoException {
        check(call(SyscallNumbers.CLOSE_RANGE, first, last, flags), "close_range");
    }

    /**
     * {@code poll} of one descriptor: the events that are there, 0 when the time is over. A negative time waits for
     * ever; an interrupted wait goes on.
     */
    public static int poll(int fd, int events, long timeoutMillis) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment entry = scratch.allocate(POLLFD_SIZE);
            setPollEntry(entry, 0, fd, events);
            return poll(entry, 1, timeoutMillis) == 0 ? 0 : pollResult(entry, 0);
        }
    }

    /** {@code poll} of {@code count} entries set by {@link #setPollEntry}: how many have events. */
    public static int poll(MemorySegment entries, int count, long timeoutMillis) throws ErrnoException {
        long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
        long remaining = Math.min(timeoutMillis, Integer.MAX_VALUE);
        while (true) {
            long result = call(SyscallNumbers.POLL, HostMemory.address(entries), count, remaining);
            if (!interrupted(result)) {
                return (int) check(result, "poll");
            }
            if (timeoutMillis >= 0) {
                remaining = Math.clamp((deadline - System.nanoTime()) / 1_000_000, 0, Integer.MAX_VALUE);
            }
        }
    }

    /** Fills one {@code struct pollfd}; an entry with a negative descriptor is passed over. */
    public static void setPollEntry(MemorySegment entries, int index, int fd, int events) {
        entries.set(ValueLayout.JAVA_INT, (long) index * POLLFD_SIZE, fd);
        entries.set(ValueLayout.JAVA_INT, (long) index * POLLFD_SIZE + 4, events & 0xffff);
    }

    /** The {@code revents} of one entry. */
    public static int pollResult(MemorySegment entries, int index) {
        return entries.get(ValueLayout.JAVA_SHORT, (long) index * POLLFD_SIZE + 6);
    }

    /** {@code eventfd2}; close-on-exec is added. */
    public static OwnedFd eventfd(int initial, int flags) throws ErrnoException {
        return OwnedFd.own((int) check(call(SyscallNumbers.EVENTFD2, initial, flags | O_CLOEXEC), "eventfd"));
    }

    /** {@code ioctl} with a number or an address as its argument. ENOTTY for a request that the file does not know. */
    public static int ioctl(int fd, long request, long argument) throws ErrnoException {
        return (int) check(call(SyscallNumbers.IOCTL, fd, request, argument), "ioctl", fd);
    }

    /** {@code makedev(3)}: the number of a device node. */
    public static long deviceNumber(int major, int minor) {
        return (minor & 0xffL)
                | ((major & 0xfffL) << 8)
                | ((minor & 0xffffff00L) << 12)
                | ((major & 0xfffff000L) << 32);
    }

    private static long transfer(int nr, int fd, MemorySegment buffer, long offset) {
        try {
            long result;
            do {
                result = call(nr, fd, HostMemory.address(buffer), buffer.byteSize(), offset);
            } while (interrupted(result));
            return result;
        } finally {
            Reference.reachabilityFence(buffer);
        }
    }

    /** The two ends of a pipe. */
    public record Pipe(OwnedFd reader, OwnedFd writer) implements AutoCloseable {
        @Override
        public void close() {
            reader.close();
            writer.close();
        }
    }
}
