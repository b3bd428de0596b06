package org.caisson.linux.seccomp;

import static org.caisson.linux.Syscalls.call;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * The listener of a filter ({@code seccomp_unotify(2)}). Several threads may receive and answer at once, each with a
 * notification buffer of its own.
 *
 * <p>A caller may die or be interrupted at any moment, and its thread's number may be reused: what was learnt by way of
 * that number (its memory, its directories) holds only if {@link #isValid} says so afterwards.
 */
public final class SeccompListener implements AutoCloseable {
    /** {@link #setFlags}: the answered thread may run at once on this processor. */
    public static final long SYNC_WAKE_UP = 1;

    /** {@link #addFd}: the new descriptor is close-on-exec. */
    public static final int O_CLOEXEC = 0x80000;

    private static final long NOTIF_RECV = 0xc0502100L;
    private static final long NOTIF_SEND = 0xc0182101L;
    private static final long NOTIF_ID_VALID = 0x40082102L;
    private static final long NOTIF_ID_VALID_OLD = 0x80082102L;
    private static final long NOTIF_ADDFD = 0x40182103L;
    private static final long NOTIF_SET_FLAGS = 0x40082104L;

    private static final int RESPONSE_ID = 0;
    private static final int RESPONSE_VALUE = 8;
    private static final int RESPONSE_ERROR = 16;
    private static final int RESPONSE_FLAGS = 20;
    private static final int USER_NOTIF_FLAG_CONTINUE = 1;

    private static final int ADDFD_SIZE = 24;
    private static final int ADDFD_ID = 0;
    private static final int ADDFD_FLAGS = 8;
    private static final int ADDFD_SOURCE = 12;
    private static final int ADDFD_TARGET = 16;
    private static final int ADDFD_TARGET_FLAGS = 20;
    private static final int ADDFD_FLAG_SETFD = 1;
    private static final int ADDFD_FLAG_SEND = 2;

    private final OwnedFd descriptor;
    private final NotificationSizes sizes;

    /** Takes over a listener's descriptor. */
    public SeccompListener(OwnedFd descriptor) throws ErrnoException {
        this.descriptor = descriptor;
        this.sizes = NotificationSizes.query();
    }

    /** The descriptor, to be polled: POLLIN when a call waits, POLLHUP when nobody is left under the filter. */
    public OwnedFd descriptor() {
        return descriptor;
    }

    /** A buffer for one receiving thread. */
    public SeccompNotification newNotification(Arena arena) {
        return SeccompNotification.allocate(arena, sizes);
    }

    /**
     * Waits for a call. False when nobody is left under the filter; before Linux 6.11 a wait that has begun does not
     * learn of that, so poll the descriptor first where such kernels matter.
     */
    public boolean receive(SeccompNotification notification) throws ErrnoException {
        while (true) {
            MemorySegment segment = notification.segment();
            segment.fill((byte) 0);
            long result = call(SyscallNumbers.IOCTL, descriptor.number(), NOTIF_RECV, segment.address());
            if (result == 0) {
                return true;
            }
            if (result == -Errno.ENOENT.number()) { // the caller was gone before it was received, or all are
                int ready = FileCalls.poll(descriptor.number(), FileCalls.POLLIN, 0);
                if ((ready & FileCalls.POLLHUP) != 0) {
                    return false;
                }
            } else if (result != -Errno.EINTR.number()) {
                throw ErrnoException.ofResult(result, "receive a seccomp notification");
            }
        }
    }

    /** SECCOMP_IOCTL_NOTIF_RECV: takes a call that the descriptor was ready for; false if its caller is gone meanwhile (ENOENT). */
    public boolean tryReceive(SeccompNotification notification) throws ErrnoException {
        MemorySegment segment = notification.segment();
        segment.fill((byte) 0);
        long result = call(SyscallNumbers.IOCTL, descriptor.number(), NOTIF_RECV, segment.address());
        if (result == -Errno.ENOENT.number() || result == -Errno.EINTR.number()) {
            return false;
        }
        Syscalls.check(result, "receive a seccomp notification");
        return true;
    }

    /**
     * SECCOMP_IOCTL_NOTIF_SEND: answers a call with a value, or an error number that is not 0. False if the caller is gone (ENOENT).
     *
     * @throws ErrnoException EINPROGRESS if the call was answered before
     */
    public boolean respond(long id, long value, int errno) throws ErrnoException {
        return send(id, errno == 0 ? value : 0, -errno, 0);
    }

    /** As {@link #respond}, with an errno. False if the caller is gone. */
    public boolean fail(long id, Errno errno) throws ErrnoException {
        return send(id, 0, -errno.number(), 0);
    }

    /**
     * Lets the kernel serve the call, reading its pointer arguments anew: never a grant of anything that the kernel
     * itself would refuse (SECCOMP_USER_NOTIF_FLAG_CONTINUE). False if the caller is gone.
     *
     * @throws ErrnoException EINPROGRESS if the call was answered before
     */
    public boolean proceed(long id) throws ErrnoException {
        return send(id, 0, 0, USER_NOTIF_FLAG_CONTINUE);
    }

    /** SECCOMP_IOCTL_NOTIF_ID_VALID: whether the call still waits: what was read of its caller since it was received is really the caller's. */
    public boolean isValid(long id) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment cookie = scratch.allocate(8);
            cookie.set(ValueLayout.JAVA_LONG, 0, id);
            long result = call(SyscallNumbers.IOCTL, descriptor.number(), NOTIF_ID_VALID, cookie.address());
            if (result == -Errno.EINVAL.number()) { // before Linux 5.17 the number had the wrong direction
                result = call(SyscallNumbers.IOCTL, descriptor.number(), NOTIF_ID_VALID_OLD, cookie.address());
            }
            if (result == -Errno.ENOENT.number()) {
                return false;
            }
            Syscalls.check(result, "ask for a seccomp notification");
            return true;
        }
    }

    /**
     * SECCOMP_IOCTL_NOTIF_ADDFD: copies a descriptor into the caller and answers its number there; with {@code send} that number is also the
     * answer to the call, in one step.
     *
     * @throws ErrnoException ENOENT if the caller is gone, EINPROGRESS if the call was answered before, EMFILE by the caller's limit,
     *     EBADF if {@code fd} is not open, EINVAL with {@code send} before Linux 5.14
     */
    public int addFd(long id, int fd, int flags, boolean send) throws ErrnoException {
        return addFd(id, fd, 0, flags, send ? ADDFD_FLAG_SEND : 0);
    }

    /** As {@link #addFd}, under a chosen number, closing what the caller had there. */
    public int addFdAt(long id, int fd, int target, int flags, boolean send) throws ErrnoException {
        return addFd(id, fd, target, flags, ADDFD_FLAG_SETFD | (send ? ADDFD_FLAG_SEND : 0));
    }

    /** SECCOMP_IOCTL_NOTIF_SET_FLAGS, of Linux 6.6: {@link #SYNC_WAKE_UP} or 0. EINVAL before. */
    public void setFlags(long flags) throws ErrnoException {
        long result = call(SyscallNumbers.IOCTL, descriptor.number(), NOTIF_SET_FLAGS, flags);
        Syscalls.check(result, "set flags of a seccomp listener");
    }

    /** Closes the listener; calls that wait or come later fail with ENOSYS. */
    @Override
    public void close() {
        descriptor.close();
    }

    private boolean send(long id, long value, int error, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment response = scratch.allocate(sizes.response());
            response.set(ValueLayout.JAVA_LONG, RESPONSE_ID, id);
            response.set(ValueLayout.JAVA_LONG, RESPONSE_VALUE, value);
            response.set(ValueLayout.JAVA_INT, RESPONSE_ERROR, error);
            response.set(ValueLayout.JAVA_INT, RESPONSE_FLAGS, flags);
            long result;
            do {
                result = call(SyscallNumbers.IOCTL, descriptor.number(), NOTIF_SEND, response.address());
            } while (result == -Errno.EINTR.number());
            if (result == -Errno.ENOENT.number()) {
                return false;
            }
            Syscalls.check(result, "answer a seccomp notification");
            return true;
        }
    }

    private int addFd(long id, int fd, int target, int targetFlags, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment request = scratch.allocate(ADDFD_SIZE);
            request.set(ValueLayout.JAVA_LONG, ADDFD_ID, id);
            request.set(ValueLayout.JAVA_INT, ADDFD_FLAGS, flags);
            request.set(ValueLayout.JAVA_INT, ADDFD_SOURCE, fd);
            request.set(ValueLayout.JAVA_INT, ADDFD_TARGET, target);
            request.set(ValueLayout.JAVA_INT, ADDFD_TARGET_FLAGS, targetFlags);
            long result = call(SyscallNumbers.IOCTL, descriptor.number(), NOTIF_ADDFD, request.address());
            return (int) Syscalls.check(result, "add a descriptor to the caller");
        }
    }
}
