package org.caisson.emulation.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;
import org.jspecify.annotations.Nullable;

/**
 * A file of procfs, sysfs or cgroupfs on the host that is read again and again. It is opened at its first read and
 * kept open; every read starts at offset 0, so the kernel makes its text anew.
 *
 * <p>A file that is missing or cannot be read gives an empty text: a controller that the host does not have is not an
 * error of the reader.
 */
public final class KernelFile implements AutoCloseable {
    private static final int AT_FDCWD = -100;
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int FIRST_READ = 8192;
    private static final int LARGEST = 8 << 20;
    private static final ThreadLocal<Buffer> BUFFER = ThreadLocal.withInitial(Buffer::new);

    private final String path;

    /** Null before the first read and after close. Guarded by this, as is {@link #closed}. */
    private @Nullable OwnedFd fd;

    private boolean closed;

    public KernelFile(String path) {
        this.path = path;
    }

    /** A one-off reading of a file that is not kept open. */
    public static boolean readOnce(String path, TextScanner into) {
        try (KernelFile file = new KernelFile(path)) {
            return file.read(into);
        }
    }

    public String path() {
        return path;
    }

    /**
     * Fills the scanner with the file's text of now; with nothing, and false, if there is no such file or text. One
     * read at a time: the kernel's {@code seq_file} would mix the pages of two.
     */
    public synchronized boolean read(TextScanner into) {
        OwnedFd open = open();
        if (open == null) {
            into.filled(0);
            return false;
        }
        Buffer buffer = BUFFER.get();
        int length = 0;
        while (length < LARGEST) {
            if (length == buffer.capacity()) {
                buffer.grow(length);
            }
            long count = Syscalls.call(
                    SyscallNumbers.PREAD64,
                    open.number(),
                    buffer.segment.address() + length,
                    buffer.capacity() - length,
                    length);
            if (count <= 0) {
                break;
            }
            length += (int) count;
        }
        byte[] target = into.room(length);
        MemorySegment.copy(buffer.segment, ValueLayout.JAVA_BYTE, 0, target, 0, length);
        into.filled(length);
        return length > 0;
    }

    private @Nullable OwnedFd open() {
        if (closed) {
            return null;
        }
        OwnedFd open = fd;
        if (open == null) {
            long result;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment name = arena.allocateFrom(path, UTF_8);
                result = Syscalls.call(SyscallNumbers.OPENAT, AT_FDCWD, name.address(), O_RDONLY_CLOEXEC, 0);
            }
            if (result >= 0) {
                open = OwnedFd.own((int) result);
                fd = open;
            }
        }
        return open;
    }

    @Override
    public synchronized void close() {
        closed = true;
        OwnedFd open = fd;
        fd = null;
        if (open != null) {
            open.close();
        }
    }

    /** One thread's native read buffer; it keeps the size of the largest file that the thread has read. */
    private static final class Buffer {
        private MemorySegment segment = Arena.ofAuto().allocate(FIRST_READ);

        private int capacity() {
            return (int) segment.byteSize();
        }

        private void grow(int used) {
            MemorySegment larger = Arena.ofAuto().allocate(segment.byteSize() * 4);
            MemorySegment.copy(segment, 0, larger, 0, used);
            segment = larger;
        }
    }
}
