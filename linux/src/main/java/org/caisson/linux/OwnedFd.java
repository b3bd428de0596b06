package org.caisson.linux;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor with one owner, who closes it. Closing is idempotent and safe against a second closer; using the
 * number while another thread closes is the caller's race to prevent.
 */
public final class OwnedFd implements AutoCloseable {
    private static final int CLOSED = -1;

    private final AtomicInteger number;

    private OwnedFd(int number) {
        this.number = new AtomicInteger(number);
    }

    /** Takes over a descriptor that nobody else closes. */
    public static OwnedFd own(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("not a descriptor: " + number);
        }
        return new OwnedFd(number);
    }

    /**
     * The descriptor for a system call.
     *
     * @throws IllegalStateException if it is closed
     */
    public int number() {
        int fd = number.get();
        if (fd == CLOSED) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return fd;
    }

    public boolean isOpen() {
        return number.get() != CLOSED;
    }

    /** A second descriptor of the same open file, close-on-exec ({@code F_DUPFD_CLOEXEC}). */
    public OwnedFd duplicate() throws ErrnoException {
        return own(FileCalls.fcntl(number(), FileCalls.F_DUPFD_CLOEXEC, 0));
    }

    /** Gives the descriptor up without closing it. */
    public int release() {
        int fd = number.getAndSet(CLOSED);
        if (fd == CLOSED) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return fd;
    }

    /** Closes; the kernel frees the number whatever {@code close(2)} answers, so its errors are not told. */
    @Override
    public void close() {
        int fd = number.getAndSet(CLOSED);
        if (fd != CLOSED) {
            Syscalls.call(SyscallNumbers.CLOSE, fd);
        }
    }

    @Override
    public String toString() {
        int fd = number.get();
        return fd == CLOSED ? "closed descriptor" : "descriptor " + fd;
    }
}
