package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * A buffer from mmap(2). Its pages cost memory only once they are used, and its segment belongs to the global scope, whose
 * accesses the compiler need not guard against a concurrent close; so it may be closed only when no thread uses it any more.
 */
final class NativeMemory implements AutoCloseable {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    private final MemorySegment segment;

    NativeMemory(long size) throws ErrnoException {
        long address = Syscalls.call(SyscallNumbers.MMAP, 0, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1L, 0L);
        if (address < 0 && address > -4096) {
            throw ErrnoException.of(Errno.of((int) -address), "mmap " + size + " bytes");
        }
        segment = MemorySegment.ofAddress(address).reinterpret(size);
    }

    MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        Syscalls.call(SyscallNumbers.MUNMAP, segment.address(), segment.byteSize());
    }
}
