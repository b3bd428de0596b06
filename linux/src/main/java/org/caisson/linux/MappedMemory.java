package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory from {@code mmap(2)} that ends with an arena: no page of it is in use before it is touched. */
public final class MappedMemory {
    private static final int PROT_READ = 1;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MAP_NORESERVE = 0x4000;
    private static final int MADV_DONTNEED = 4;
    private static final int FALLOC_KEEP_SIZE_PUNCH_HOLE = 3;

    private MappedMemory() {}

    /** Zeros of this process alone. ENOMEM. */
    public static MemorySegment anonymous(Arena arena, long size) throws ErrnoException {
        return map(arena, size, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }

    /** A part of a file, shared with whoever else maps it. ENOMEM, ENODEV, EACCES. */
    public static MemorySegment shared(Arena arena, int fd, long offset, long size) throws ErrnoException {
        return map(arena, size, PROT_READ_WRITE, MAP_SHARED, fd, offset);
    }

    /**
     * A file from its start on, to be read. What was cut off the file since is no more there: to read it throws an {@link InternalError}.
     * ENODEV, EACCES, ENOMEM.
     */
    public static MemorySegment readOnly(Arena arena, int fd, long size) throws ErrnoException {
        return map(arena, size, PROT_READ, MAP_SHARED, fd, 0).asReadOnly();
    }

    private static MemorySegment map(Arena arena, long size, int protection, int flags, int fd, long offset)
            throws ErrnoException {
        long address = check(call(SyscallNumbers.MMAP, 0, size, protection, flags, fd, offset), "mmap");
        return MemorySegment.ofAddress(address)
                .reinterpret(size, arena, mapped -> call(SyscallNumbers.MUNMAP, mapped.address(), size));
    }

    /** Gives whole pages of anonymous memory back to the system; they are zeros then ({@code madvise(2)}, MADV_DONTNEED). */
    public static void discard(MemorySegment memory, long offset, long size) throws ErrnoException {
        check(call(SyscallNumbers.MADVISE, memory.address() + offset, size, MADV_DONTNEED), "madvise");
    }

    /** Makes a hole in a file, whose size stays ({@code fallocate(2)}). EOPNOTSUPP. */
    public static void punchHole(int fd, long offset, long size) throws ErrnoException {
        check(call(SyscallNumbers.FALLOCATE, fd, FALLOC_KEEP_SIZE_PUNCH_HOLE, offset, size), "fallocate", fd);
    }
}
