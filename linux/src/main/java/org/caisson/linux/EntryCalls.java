package org.caisson.linux;

import static org.caisson.linux.HostMemory.address;
import static org.caisson.linux.OpenFlags.O_CLOEXEC;
import static org.caisson.linux.Syscalls.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * System calls on a name in a directory, for file systems to which a missing name is an ordinary answer: they answer a value or a negated
 * errno and throw nothing. Each is the call of section 2 that it is named for, with the errno of that page; {@link FileCalls} has the same
 * with exceptions. Names are native bytes ended by a NUL.
 */
public final class EntryCalls {
    /** The empty name, which by {@link AtFlags#AT_EMPTY_PATH} means the file of the descriptor itself. */
    public static final MemorySegment ITSELF = Arena.global().allocate(8);

    private static final int OPEN_HOW_SIZE = 24;

    private EntryCalls() {}

    /**
     * {@code openat2}; {@code O_CLOEXEC} is added. EXDEV and ELOOP by the {@code RESOLVE_*} bits, EAGAIN if something moved meanwhile, EINVAL
     * for bits that the kernel does not know.
     */
    public static int openat2(int directory, MemorySegment name, int flags, int mode, long resolve) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment how = scratch.allocate(OPEN_HOW_SIZE);
            how.set(ValueLayout.JAVA_LONG, 0, flags | O_CLOEXEC);
            how.set(ValueLayout.JAVA_LONG, 8, mode);
            how.set(ValueLayout.JAVA_LONG, 16, resolve);
            return again(SyscallNumbers.OPENAT2, directory, address(name), address(how), OPEN_HOW_SIZE);
        }
    }

    /** {@code openat}; {@code O_CLOEXEC} is added. */
    public static int openat(int directory, MemorySegment name, int flags, int mode) {
        return again(SyscallNumbers.OPENAT, directory, address(name), flags | O_CLOEXEC, mode);
    }

    /** {@code close}. */
    public static void close(int fd) {
        call(SyscallNumbers.CLOSE, fd);
    }

    /** {@code statx}. */
    public static int statx(int directory, MemorySegment name, int flags, int mask, Statx out) {
        return (int) call(SyscallNumbers.STATX, directory, address(name), flags, mask, address(out.segment()));
    }

    /** {@code readlinkat}: the length of what was copied. With an empty name the descriptor is of the link itself. */
    public static int readlinkat(int directory, MemorySegment name, MemorySegment target) {
        return (int) call(SyscallNumbers.READLINKAT, directory, address(name), address(target), target.byteSize());
    }

    /** {@code mkdirat}. */
    public static int mkdirat(int directory, MemorySegment name, int mode) {
        return (int) call(SyscallNumbers.MKDIRAT, directory, address(name), mode);
    }

    /** {@code mknodat}; the number as {@link FileCalls#deviceNumber} makes it. */
    public static int mknodat(int directory, MemorySegment name, int mode, long device) {
        return (int) call(SyscallNumbers.MKNODAT, directory, address(name), mode, device);
    }

    /** {@code symlinkat}. */
    public static int symlinkat(MemorySegment target, int directory, MemorySegment name) {
        return (int) call(SyscallNumbers.SYMLINKAT, address(target), directory, address(name));
    }

    /** {@code linkat}. */
    public static int linkat(int fromDirectory, MemorySegment from, int directory, MemorySegment name, int flags) {
        return (int) call(SyscallNumbers.LINKAT, fromDirectory, address(from), directory, address(name), flags);
    }

    /** {@code unlinkat}. */
    public static int unlinkat(int directory, MemorySegment name, int flags) {
        return (int) call(SyscallNumbers.UNLINKAT, directory, address(name), flags);
    }

    /** {@code renameat2}. */
    public static int renameat2(int fromDirectory, MemorySegment from, int directory, MemorySegment name, int flags) {
        return (int) call(SyscallNumbers.RENAMEAT2, fromDirectory, address(from), directory, address(name), flags);
    }

    /** {@code fchownat}; an id of -1 stays. */
    public static int fchownat(int directory, MemorySegment name, int uid, int gid, int flags) {
        return (int) call(SyscallNumbers.FCHOWNAT, directory, address(name), uid, gid, flags);
    }

    /** {@code fchmodat2}, of Linux 6.6: ENOSYS before. */
    public static int fchmodat2(int directory, MemorySegment name, int mode, int flags) {
        return (int) call(SyscallNumbers.FCHMODAT2, directory, address(name), mode, flags);
    }

    /** {@code fchmod} of a descriptor that is open for more than O_PATH. */
    public static int fchmod(int fd, int mode) {
        return (int) call(SyscallNumbers.FCHMOD, fd, mode);
    }

    /** {@code chmod}, which follows links. */
    public static int chmod(MemorySegment path, int mode) {
        return (int) call(SyscallNumbers.CHMOD, address(path), mode);
    }

    /** {@code truncate}, which follows links. */
    public static int truncate(MemorySegment path, long length) {
        return again(SyscallNumbers.TRUNCATE, address(path), length, 0, 0);
    }

    /** {@code utimensat}; {@code times} are two {@code struct timespec}, of the last access and of the last modification. */
    public static int utimensat(int directory, MemorySegment name, MemorySegment times, int flags) {
        return (int) call(SyscallNumbers.UTIMENSAT, directory, address(name), address(times), flags);
    }

    /** A signal of the JVM's own must not end a call that waits for a lease or a server. */
    private static int again(int nr, long a, long b, long c, long d) {
        return again(nr, a, b, c, d, 0);
    }

    private static int again(int nr, long a, long b, long c, long d, long e) {
        long result;
        do {
            result = call(nr, a, b, c, d, e);
        } while (Syscalls.interrupted(result));
        return (int) result;
    }
}
