package org.caisson.linux;

import static org.caisson.linux.HostMemory.address;
import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.interrupted;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * System calls on the data of an open file, for the paths that data takes: they answer a value or a negated errno and throw nothing. Each
 * is the call of section 2 that it is named for, with the errno of that page; one that was interrupted is made again. Memory is native.
 */
public final class DataCalls {
    /** {@code lseek(2)}, besides those of {@link FileCalls}. */
    public static final int SEEK_DATA = 3;

    public static final int SEEK_HOLE = 4;

    /** Modes of {@code fallocate(2)}, from {@code linux/falloc.h}. */
    public static final int FALLOC_FL_KEEP_SIZE = 0x01;

    public static final int FALLOC_FL_PUNCH_HOLE = 0x02;
    public static final int FALLOC_FL_COLLAPSE_RANGE = 0x08;
    public static final int FALLOC_FL_ZERO_RANGE = 0x10;
    public static final int FALLOC_FL_INSERT_RANGE = 0x20;
    public static final int FALLOC_FL_UNSHARE_RANGE = 0x40;

    /** A flag of {@code sync_file_range(2)}, from {@code linux/fs.h}. */
    private static final int SYNC_FILE_RANGE_WRITE = 2;

    /** A flag of {@code pwritev2(2)}, from {@code linux/fs.h}. */
    public static final int RWF_APPEND = 0x10;

    /** The most entries of a vector (UIO_MAXIOV of {@code linux/uio.h}). */
    public static final int IOV_MAX = 1024;

    /** The size of {@code struct iovec}. */
    public static final int IOVEC_SIZE = 16;

    private DataCalls() {}

    /** {@code read} at the position of the open file. EAGAIN, EIO, EISDIR. */
    public static long read(int fd, MemorySegment target, long at, long length) {
        return transfer(SyscallNumbers.READ, fd, target, at, length, 0);
    }

    /** {@code write} at the position of the open file. EAGAIN, EPIPE, ENOSPC, EDQUOT, EFBIG, EIO. */
    public static long write(int fd, MemorySegment source, long at, long length) {
        return transfer(SyscallNumbers.WRITE, fd, source, at, length, 0);
    }

    /** {@code pread64}. EINVAL for a negative offset, ESPIPE for a pipe, EISDIR, EIO. */
    public static long pread(int fd, MemorySegment target, long at, long length, long offset) {
        return transfer(SyscallNumbers.PREAD64, fd, target, at, length, offset);
    }

    /** {@code pwrite64}; a file open with O_APPEND is written at its end. EINVAL for a negative offset, ESPIPE, ENOSPC, EDQUOT, EFBIG. */
    public static long pwrite(int fd, MemorySegment source, long at, long length, long offset) {
        return transfer(SyscallNumbers.PWRITE64, fd, source, at, length, offset);
    }

    /** Sets one {@code struct iovec} of a vector to a part of a native segment, which the caller keeps reachable. */
    public static void setVector(MemorySegment vector, int index, MemorySegment segment, long at, long length) {
        Objects.checkFromIndexSize(at, length, segment.byteSize());
        vector.set(ValueLayout.JAVA_LONG, (long) index * IOVEC_SIZE, address(segment) + at);
        vector.set(ValueLayout.JAVA_LONG, (long) index * IOVEC_SIZE + 8, length);
    }

    /** {@code readv}: fills {@code count} entries of a vector at the position of the open file. EINVAL for too many. */
    public static long readv(int fd, MemorySegment vector, int count) {
        return again(SyscallNumbers.READV, fd, address(vector), count, 0);
    }

    /** {@code writev}. Errno as of {@link #write}, EINVAL for too many entries. */
    public static long writev(int fd, MemorySegment vector, int count) {
        return again(SyscallNumbers.WRITEV, fd, address(vector), count, 0);
    }

    /** {@code preadv}: fills {@code count} entries of a vector. Errno as of {@link #pread}, EINVAL for too many. */
    public static long preadv(int fd, MemorySegment vector, int count, long offset) {
        return again(SyscallNumbers.PREADV, fd, address(vector), count, offset);
    }

    /** {@code pwritev}. Errno as of {@link #pwrite}, EINVAL for too many entries. */
    public static long pwritev(int fd, MemorySegment vector, int count, long offset) {
        return again(SyscallNumbers.PWRITEV, fd, address(vector), count, offset);
    }

    /** {@code pwritev2} at the end of the file, wherever that is by then; the position of the open file becomes its new end. */
    public static long append(int fd, MemorySegment vector, int count) {
        long result;
        do {
            result = call(SyscallNumbers.PWRITEV2, fd, address(vector), count, -1, 0, RWF_APPEND);
        } while (interrupted(result));
        return result;
    }

    /** {@code lseek}. EINVAL before the start, ENXIO past the last data, ESPIPE for a pipe or socket. */
    public static long lseek(int fd, long offset, int whence) {
        return call(SyscallNumbers.LSEEK, fd, offset, whence);
    }

    /** {@code fallocate}. EOPNOTSUPP for what the file system cannot, ENOSPC, EINVAL, EFBIG. */
    public static int fallocate(int fd, int mode, long offset, long length) {
        return (int) again(SyscallNumbers.FALLOCATE, fd, mode, offset, length);
    }

    /** {@code ftruncate}. EINVAL for what is no regular file or not open to be written, EFBIG, EPERM if sealed. */
    public static int ftruncate(int fd, long length) {
        return (int) again(SyscallNumbers.FTRUNCATE, fd, length, 0, 0);
    }

    /** {@code fsync}, or {@code fdatasync} for the data only. EIO, ENOSPC, EINVAL for what cannot be synchronized. */
    public static int sync(int fd, boolean dataOnly) {
        return (int) again(dataOnly ? SyscallNumbers.FDATASYNC : SyscallNumbers.FSYNC, fd, 0, 0, 0);
    }

    /**
     * {@code sync_file_range} with SYNC_FILE_RANGE_WRITE: begins to write what of a range is dirty, and does not wait for it. Nothing is
     * promised of when it is on the disk. EINVAL for a negative offset, ESPIPE for a pipe, EIO, ENOSPC.
     */
    public static int beginWriteBack(int fd, long offset, long length) {
        return (int) again(SyscallNumbers.SYNC_FILE_RANGE, fd, offset, length, SYNC_FILE_RANGE_WRITE);
    }

    /** {@code copy_file_range} from and to given offsets, without flags. EXDEV, EINVAL for overlapping ranges, EISDIR, EBADF, ENOSPC. */
    public static long copyFileRange(int fd, long offset, int targetFd, long targetOffset, long length) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment offsets = scratch.allocate(16);
            long result;
            do {
                offsets.set(ValueLayout.JAVA_LONG, 0, offset);
                offsets.set(ValueLayout.JAVA_LONG, 8, targetOffset);
                long first = address(offsets);
                result = call(SyscallNumbers.COPY_FILE_RANGE, fd, first, targetFd, first + 8, length, 0);
            } while (interrupted(result));
            return result;
        }
    }

    /** {@code getdents64}: fills a buffer for {@link DirectoryEntries} and answers its length, 0 at the end. ENOTDIR, ENOENT if removed. */
    public static long getdents(int fd, MemorySegment buffer) {
        return transfer(SyscallNumbers.GETDENTS64, fd, buffer, 0, buffer.byteSize(), 0);
    }

    private static long transfer(int nr, int fd, MemorySegment memory, long at, long length, long offset) {
        Objects.checkFromIndexSize(at, length, memory.byteSize());
        try {
            return again(nr, fd, address(memory) + at, length, offset);
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    private static long again(int nr, long a, long b, long c, long d) {
        long result;
        do {
            result = call(nr, a, b, c, d);
        } while (interrupted(result));
        return result;
    }
}
