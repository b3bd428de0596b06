package org.caisson.fuse;

import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.fuse.protocol.FuseOutHeader;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * The device: one read(2) takes one request, one write(2) gives one reply or notification. Any thread may use it, none takes a lock. The
 * threads that receive and reply are the ones that close it, when all of them are done.
 */
final class Connection implements AutoCloseable {
    /** Replies with an error beyond this are refused ({@code fuse_dev_do_write} of {@code fs/fuse/dev.c}). */
    private static final int MOST_ERROR = -511;

    /** {@link #receive}: nothing came this time, ask again. */
    static final int NOTHING = 0;
    /** {@link #receive}: the kernel has ended the connection. */
    static final int ENDED = -1;

    private static final int ENOTSUPP = -Errno.ENOTSUPP.number();
    private static final int EOPNOTSUPP = -Errno.EOPNOTSUPP.number();
    private static final int ENOTCONN = -Errno.ENOTCONN.number();
    private static final int EPERM = -Errno.EPERM.number();
    private static final int ENOENT = -Errno.ENOENT.number();
    private static final int EINTR = -Errno.EINTR.number();
    private static final int EIO = -Errno.EIO.number();
    private static final int EAGAIN = -Errno.EAGAIN.number();
    private static final int ENODEV = -Errno.ENODEV.number();
    private static final int ECONNABORTED = -Errno.ECONNABORTED.number();

    private final OwnedFd device;
    private final int fd;

    /** One until it is closed, and one for each message that is being sent: the last closes the device. */
    private final AtomicInteger uses = new AtomicInteger(1);

    private final AtomicBoolean closed = new AtomicBoolean();

    Connection(OwnedFd device) {
        this.device = device;
        this.fd = device.number();
    }

    /** Waits for a request and puts it at the start of {@code buffer}; its length, {@link #NOTHING} or {@link #ENDED}. */
    int receive(MemorySegment buffer) {
        long got = Syscalls.call(SyscallNumbers.READ, fd, buffer.address(), buffer.byteSize());
        if (got > 0) {
            return (int) got;
        }
        // ENOENT: the request was taken back while it was copied. EPERM: not mounted yet.
        if (got == ENOENT || got == EINTR || got == EAGAIN) {
            return NOTHING;
        }
        if (got != 0 && got != ENODEV && got != ECONNABORTED && got != EPERM) {
            log().log(
                            Level.ERROR,
                            "cannot read from the FUSE device: "
                                    + Errno.of((int) -got).text());
        }
        return ENDED;
    }

    /**
     * Completes the header at the start of {@code message} and sends it.
     *
     * @param result the length of what stands after the header, or a negative errno (then nothing follows it)
     */
    void reply(MemorySegment message, long unique, int result) {
        int length = FuseOutHeader.SIZE + Math.max(result, 0);
        FuseOutHeader.len(message, 0, length);
        FuseOutHeader.error(message, 0, forTheKernel(Math.min(result, 0)));
        FuseOutHeader.unique(message, 0, unique);
        long sent = write(message, length);
        // ENOENT: the request was interrupted or aborted meanwhile. Whatever else is wrong, who asked must not wait for
        // ever.
        if (sent < 0 && sent != ENOENT && sent != ENODEV && sent != ECONNABORTED) {
            FuseOutHeader.len(message, 0, FuseOutHeader.SIZE);
            FuseOutHeader.error(message, 0, EIO);
            write(message, FuseOutHeader.SIZE);
        }
    }

    private static int forTheKernel(int error) {
        if (error >= MOST_ERROR) {
            return error;
        }
        return error == ENOTSUPP ? EOPNOTSUPP : EIO;
    }

    /**
     * Sends a notification, or a reply by a thread that does not receive, of {@code length} bytes; 0 or a negative errno, ENOTCONN once
     * the device is closed. Meanwhile it is not closed, and its number not given to another file.
     */
    int send(MemorySegment message, int length) {
        if (!enter()) {
            return ENOTCONN;
        }
        try {
            return (int) Math.min(0, write(message, length));
        } finally {
            leave();
        }
    }

    private boolean enter() {
        int present = uses.get();
        while (present > 0) {
            int seen = uses.compareAndExchange(present, present + 1);
            if (seen == present) {
                return true;
            }
            present = seen;
        }
        return false;
    }

    private void leave() {
        if (uses.decrementAndGet() == 0) {
            device.close();
        }
    }

    private long write(MemorySegment message, int length) {
        long sent;
        do {
            sent = Syscalls.call(SyscallNumbers.WRITE, fd, message.address(), length);
        } while (sent == EINTR);
        return sent;
    }

    /** Whether the kernel has ended the connection, as it does when the last mount of it is gone. */
    boolean hasEnded() throws ErrnoException {
        if (!enter()) {
            return true;
        }
        try {
            return (FileCalls.poll(fd, FileCalls.POLLIN, 0) & FileCalls.POLLERR) != 0;
        } finally {
            leave();
        }
    }

    /** Whether a request is there to be received. */
    boolean hasRequest() {
        if (!enter()) {
            return false;
        }
        try {
            return (FileCalls.poll(fd, FileCalls.POLLIN, 0) & FileCalls.POLLIN) != 0;
        } catch (ErrnoException e) {
            return false;
        } finally {
            leave();
        }
    }

    /**
     * Whether a request is there to be received, or the end: asked by a thread that receives, for which it allocates nothing.
     *
     * @param memory native memory that is written to, eight bytes at least ({@code struct pollfd})
     */
    boolean hasRequest(MemorySegment memory) {
        FileCalls.setPollEntry(memory, 0, fd, FileCalls.POLLIN);
        return Syscalls.call(SyscallNumbers.POLL, memory.address(), 1, 0) > 0;
    }

    /** Closes the descriptor, once nobody sends any more. No thread may receive or reply from now on. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            leave();
        }
    }

    /** Looked up when there is something to say: the first logger of a JVM costs milliseconds. */
    private static System.Logger log() {
        return System.getLogger(Connection.class.getName());
    }
}
