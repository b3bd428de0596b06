package org.caisson.vfs.pipe;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.linux.StatMode;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/** A fifo of the kernel, and raw calls on it, for one thread. */
final class KernelPipe implements AutoCloseable {
    private static final int F_SETFL = 4;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int F_GETPIPE_SZ = 1032;
    private static final int AT_FDCWD = -100;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(1 << 18, 8);
    private final MemorySegment path;
    private final Path file;

    KernelPipe() throws IOException {
        file = Files.createTempDirectory("caisson-pipe").resolve("fifo");
        path = arena.allocateFrom(file.toString(), StandardCharsets.UTF_8);
        Syscalls.check(
                Syscalls.call(SyscallNumbers.MKNODAT, AT_FDCWD, path.address(), StatMode.S_IFIFO | 0600, 0), "mkfifo");
    }

    int open(int flags) {
        return (int) Syscalls.call(SyscallNumbers.OPEN, path.address(), flags, 0);
    }

    static void close(int fd) {
        Syscalls.call(SyscallNumbers.CLOSE, fd);
    }

    /** The bytes read, or a negated errno. */
    String read(int fd, int length) {
        long result = Syscalls.call(SyscallNumbers.READ, fd, memory.address(), length);
        return result < 0 ? Long.toString(result) : digest(memory, (int) result);
    }

    long write(int fd, byte[] bytes) {
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return Syscalls.call(SyscallNumbers.WRITE, fd, memory.address(), bytes.length);
    }

    int poll(int fd, int events) {
        memory.set(ValueLayout.JAVA_INT, 0, fd);
        memory.set(ValueLayout.JAVA_SHORT, 4, (short) events);
        memory.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
        Syscalls.call(SyscallNumbers.POLL, memory.address(), 1, 0);
        return memory.get(ValueLayout.JAVA_SHORT, 6);
    }

    int available(int fd) {
        memory.set(ValueLayout.JAVA_INT, 0, -1);
        long result = Syscalls.call(SyscallNumbers.IOCTL, fd, PipeDescription.FIONREAD, memory.address());
        return result < 0 ? (int) result : memory.get(ValueLayout.JAVA_INT, 0);
    }

    static long capacity(int fd) {
        return Syscalls.call(SyscallNumbers.FCNTL, fd, F_GETPIPE_SZ);
    }

    static long capacity(int fd, long bytes) {
        return Syscalls.call(SyscallNumbers.FCNTL, fd, F_SETPIPE_SZ, bytes);
    }

    static long setFlags(int fd, int flags) {
        return Syscalls.call(SyscallNumbers.FCNTL, fd, F_SETFL, flags);
    }

    /** What tells bytes from others. */
    static String digest(MemorySegment bytes, int length) {
        long hash = 17;
        for (int i = 0; i < length; i++) {
            hash = hash * 31 + bytes.get(ValueLayout.JAVA_BYTE, i);
        }
        return length + " bytes " + Long.toHexString(hash);
    }

    @Override
    public void close() throws IOException {
        arena.close();
        Files.delete(file);
        Files.delete(file.getParent());
    }
}
