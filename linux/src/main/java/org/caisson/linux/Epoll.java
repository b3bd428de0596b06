package org.caisson.linux;

import static org.caisson.linux.Syscalls.call;
import static org.caisson.linux.Syscalls.check;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.ReentrantLock;

/** {@code epoll(7)}: one thread waits for events on many descriptors, each known by a number of the caller's choice. */
public final class Epoll implements AutoCloseable {
    public static final int EPOLLIN = 0x1;
    public static final int EPOLLOUT = 0x4;
    public static final int EPOLLERR = 0x8;
    public static final int EPOLLHUP = 0x10;
    public static final int EPOLLRDHUP = 0x2000;
    public static final int EPOLLEXCLUSIVE = 1 << 28;
    public static final int EPOLLONESHOT = 1 << 30;
    public static final int EPOLLET = 1 << 31;

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CTL_MOD = 3;

    // struct epoll_event is packed on x86-64
    private static final int EVENT_SIZE = 12;
    private static final int EVENT_DATA = 4;

    private final OwnedFd descriptor;

    /** Ready for ever once this is to be closed. */
    private final OwnedFd end;

    /** Held while a thread waits, and by who closes. */
    private final ReentrantLock waiting = new ReentrantLock();

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment ready;
    private final int capacity;

    /** Set before a wait is ended from outside. */
    private volatile boolean closing;

    private Epoll(OwnedFd descriptor, OwnedFd end, int capacity) {
        this.descriptor = descriptor;
        this.end = end;
        this.capacity = capacity;
        this.ready = arena.allocate((long) capacity * EVENT_SIZE, 8);
    }

    /** {@code epoll_create1(2)}; one wait tells of {@code capacity} descriptors at most. EMFILE, ENFILE. */
    public static Epoll create(int capacity) throws ErrnoException {
        int fd = (int) check(call(SyscallNumbers.EPOLL_CREATE1, EPOLL_CLOEXEC), "epoll_create");
        OwnedFd descriptor = OwnedFd.own(fd);
        try {
            Epoll epoll = new Epoll(descriptor, FileCalls.eventfd(0, 0), capacity);
            epoll.control(EPOLL_CTL_ADD, epoll.end.number(), EPOLLIN, 0);
            return epoll;
        } catch (ErrnoException e) {
            descriptor.close();
            throw e;
        }
    }

    /**
     * {@code epoll_ctl(2)}: watches a descriptor; {@code data} names it in what {@link #await} finds. EEXIST if it is watched, EPERM for a
     * file that is always ready, ENOSPC.
     */
    public void add(int fd, int events, long data) throws ErrnoException {
        control(EPOLL_CTL_ADD, fd, events, data);
    }

    /** {@code epoll_ctl(2)}: changes what is watched for. ENOENT if the descriptor is not watched. */
    public void modify(int fd, int events, long data) throws ErrnoException {
        control(EPOLL_CTL_MOD, fd, events, data);
    }

    /** {@code epoll_ctl(2)}: watches a descriptor no longer. ENOENT if it was not watched. */
    public void remove(int fd) throws ErrnoException {
        control(EPOLL_CTL_DEL, fd, 0, 0);
    }

    /**
     * {@code epoll_wait(2)}: waits and answers how many descriptors are ready; 0 when the time is over, or when a signal came. A negative
     * time is for ever. One thread at a time.
     *
     * @throws ErrnoException EBADF if it is closed, before or meanwhile
     */
    public int await(int timeoutMillis) throws ErrnoException {
        waiting.lock();
        try {
            if (!descriptor.isOpen()) {
                throw ErrnoException.of(Errno.EBADF, "epoll_wait");
            }
            long count = call(SyscallNumbers.EPOLL_WAIT, descriptor.number(), ready.address(), capacity, timeoutMillis);
            if (closing) {
                throw ErrnoException.of(Errno.EBADF, "epoll_wait");
            }
            return Syscalls.interrupted(count) ? 0 : (int) check(count, "epoll_wait");
        } finally {
            waiting.unlock();
        }
    }

    /** The events of the {@code index}-th ready descriptor. */
    public int events(int index) {
        return ready.get(ValueLayout.JAVA_INT_UNALIGNED, (long) index * EVENT_SIZE);
    }

    /** The number under which the {@code index}-th ready descriptor was added. */
    public long data(int index) {
        return ready.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) index * EVENT_SIZE + EVENT_DATA);
    }

    /** Ends a wait that is going on, and closes. */
    @Override
    public void close() {
        if (!waiting.tryLock()) {
            closing = true;
            try {
                FileCalls.writeFully(end.number(), new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
            } catch (ErrnoException | IllegalStateException e) {
                // Somebody else closes at the same time.
            }
            waiting.lock();
        }
        try {
            descriptor.close();
            end.close();
        } finally {
            waiting.unlock();
        }
    }

    private void control(int operation, int fd, int events, long data) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment event = scratch.allocate(EVENT_SIZE);
            event.set(ValueLayout.JAVA_INT_UNALIGNED, 0, events);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, data);
            check(call(SyscallNumbers.EPOLL_CTL, descriptor.number(), operation, fd, event.address()), "epoll_ctl", fd);
        }
    }
}
