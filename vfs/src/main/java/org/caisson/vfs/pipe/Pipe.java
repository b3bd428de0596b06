package org.caisson.vfs.pipe;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Capability;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.Interruption;
import org.caisson.vfs.wait.SleepQueue;
import org.caisson.vfs.wait.Sleeper;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/**
 * A pipe: bytes that are written at one end and read at the other, in order and once. See pipe(7) and fifo(7).
 *
 * <p>A file system keeps one with each inode of a fifo (made at the first open; it costs little), and when the checks of open(2) have
 * passed returns what {@link #open} returns. Once nobody has it open, what is in it is gone and it is as new.
 */
public final class Pipe {
    /** Writes up to this size go in whole, between those of others (PIPE_BUF). */
    public static final int ATOMIC = PipeBuffer.PAGE;
    /** What an unprivileged user may make the capacity of a pipe ({@code /proc/sys/fs/pipe-max-size}). */
    public static final int MOST_CAPACITY = 1 << 20;

    private static final long MOST_ROUNDABLE = 1L << 31;
    /** How many slots the kernel can allocate at once. */
    private static final int MOST_SLOTS = 1 << 16;

    private static final int EAGAIN = -Errno.EAGAIN.number();
    private static final int EPIPE = -Errno.EPIPE.number();

    private static final int READ_EVENTS = FileDescription.POLLIN | FileDescription.POLLRDNORM;
    private static final int WRITE_EVENTS = FileDescription.POLLOUT | FileDescription.POLLWRNORM;

    /** Told without the monitor. */
    private final WaitQueue listeners = new WaitQueue();

    // Guarded by this object's monitor.
    private final PipeBuffer buffer = new PipeBuffer();
    private final SleepQueue sleepingReaders = new SleepQueue();
    private final SleepQueue sleepingWriters = new SleepQueue();
    private final SleepQueue sleepingOpeners = new SleepQueue();
    private int readers;
    private int writers;

    /** How often it was opened so far: who waits for the other end may find it gone again, but was met. */
    private long readersSeen;

    private long writersSeen;

    /** Without users. */
    public Pipe() {}

    /**
     * Opens a fifo, as fifo(7) has it: for reading or writing, waits until the other end is open, too, unless O_NONBLOCK is given (then
     * ENXIO for writing without a reader); for both, never waits. EINTR if interrupted, EINVAL for O_DIRECT.
     *
     * @param place where the fifo was found
     * @param flags of open(2)
     * @param inode the fifo's inode
     */
    public FileDescription open(
            VirtualDentry place,
            Credentials credentials,
            int flags,
            PipeInode inode,
            @Nullable Interruption interruption)
            throws ErrnoException {
        long hangUpAfter = meet(flags, interruption);
        if ((flags & OpenFlags.O_DIRECT) != 0) {
            // do_dentry_open asks for that only when the pipe has been opened.
            depart(flags);
            throw Errno.EINVAL.exception();
        }
        return new PipeDescription(this, place, credentials, flags, inode, hangUpAfter);
    }

    /** Opens one end of a pipe that has no name, or opens it anew through {@code /proc/PID/fd}: nobody is waited for. */
    FileDescription openUnnamed(VirtualDentry place, Credentials credentials, int flags, PipeInode inode)
            throws ErrnoException {
        synchronized (this) {
            arrive(flags);
        }
        return new PipeDescription(this, place, credentials, flags, inode, 0);
    }

    static boolean reads(int flags) {
        return (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_WRONLY;
    }

    static boolean writes(int flags) {
        int mode = flags & OpenFlags.O_ACCMODE;
        return mode == OpenFlags.O_WRONLY || mode == OpenFlags.O_RDWR;
    }

    /** What {@code fifo_open} does. Returns the number of writers seen before which a reader is told of no hang-up. */
    private long meet(int flags, @Nullable Interruption interruption) throws ErrnoException {
        boolean nonBlocking = (flags & OpenFlags.O_NONBLOCK) != 0;
        boolean reads = reads(flags);
        long seen;
        synchronized (this) {
            if (!reads && nonBlocking && readers == 0) {
                throw Errno.ENXIO.exception();
            }
            arrive(flags);
            if ((flags & OpenFlags.O_ACCMODE) == OpenFlags.O_RDWR || (reads ? writers : readers) > 0) {
                return 0;
            }
            if (nonBlocking) {
                return writersSeen;
            }
            seen = partnersSeen(flags);
        }
        awaitPartner(flags, seen, interruption);
        return 0;
    }

    private void awaitPartner(int flags, long seen, @Nullable Interruption interruption) throws ErrnoException {
        while (true) {
            Sleeper sleeper;
            synchronized (this) {
                if (partnersSeen(flags) != seen) {
                    return;
                }
                sleeper = sleepingOpeners.join();
            }
            if (!sleeper.sleep(interruption)) {
                synchronized (this) {
                    if (partnersSeen(flags) != seen) {
                        return;
                    }
                    sleepingOpeners.leave(sleeper);
                }
                depart(flags);
                throw Errno.of(-Sleeper.interrupted()).exception();
            }
        }
    }

    private long partnersSeen(int flags) {
        return reads(flags) ? writersSeen : readersSeen;
    }

    /** Counts one more user. Under the monitor. */
    private void arrive(int flags) throws ErrnoException {
        boolean reads = reads(flags);
        boolean writes = writes(flags);
        if (!reads && !writes) {
            throw Errno.EINVAL.exception();
        }
        if (reads) {
            readers++;
            readersSeen++;
        }
        if (writes) {
            writers++;
            writersSeen++;
        }
        sleepingOpeners.wakeAll();
    }

    /** One user less: the other end is told if there is none left. */
    void depart(int flags) {
        int events = 0;
        synchronized (this) {
            if (reads(flags)) {
                readers--;
            }
            if (writes(flags)) {
                writers--;
            }
            if (readers == 0 && writers == 0) {
                buffer.reset();
            } else if (readers == 0 || writers == 0) {
                sleepingReaders.wakeAll();
                sleepingWriters.wakeAll();
                events = readers == 0 ? FileDescription.POLLERR | WRITE_EVENTS : FileDescription.POLLHUP | READ_EVENTS;
            }
        }
        if (events != 0) {
            listeners.announce(events);
        }
    }

    /** read(2): a number of bytes, or a negated errno. */
    long read(Transfer target, boolean nonBlocking, @Nullable Interruption interruption) {
        if (target.left() == 0) {
            return 0;
        }
        while (true) {
            Sleeper sleeper = null;
            boolean roomMade = false;
            synchronized (this) {
                if (!buffer.isEmpty()) {
                    roomMade = take(target);
                } else if (writers == 0) {
                    return 0;
                } else if (nonBlocking) {
                    return EAGAIN;
                } else {
                    sleeper = sleepingReaders.join();
                }
            }
            if (sleeper == null) {
                if (roomMade) {
                    listeners.announce(WRITE_EVENTS);
                }
                return target.done();
            }
            if (!sleeper.sleep(interruption)) {
                synchronized (this) {
                    sleepingReaders.leave(sleeper);
                }
                return Sleeper.interrupted();
            }
        }
    }

    /** Takes what there is; whether the pipe was full and is no more. Under the monitor. */
    private boolean take(Transfer target) {
        boolean wasFull = buffer.isFull();
        boolean more = true;
        while (more) {
            more = buffer.take(target);
        }
        boolean roomMade = wasFull && !buffer.isFull();
        if (roomMade) {
            sleepingWriters.wakeFirst();
        }
        if (!buffer.isEmpty()) {
            sleepingReaders.wakeFirst();
        }
        return roomMade;
    }

    /** write(2): a number of bytes, or a negated errno. */
    long write(Transfer source, boolean nonBlocking, boolean packets, @Nullable Interruption interruption) {
        if (source.left() == 0) {
            return 0;
        }
        boolean begun = false;
        while (true) {
            Sleeper sleeper = null;
            long before = source.done();
            synchronized (this) {
                if (readers == 0) {
                    return before == 0 ? EPIPE : before;
                }
                if (!begun) {
                    buffer.merge(source);
                    begun = true;
                }
                fill(source, packets);
                if (source.left() > 0 && !nonBlocking) {
                    sleeper = sleepingWriters.join();
                }
            }
            if (source.done() > before) {
                listeners.announce(READ_EVENTS);
            }
            if (sleeper == null) {
                return source.done() == 0 ? EAGAIN : source.done();
            }
            if (!sleeper.sleep(interruption)) {
                synchronized (this) {
                    sleepingWriters.leave(sleeper);
                }
                return source.done() == 0 ? Sleeper.interrupted() : source.done();
            }
        }
    }

    /** Puts in what there is room for. Under the monitor. */
    private void fill(Transfer source, boolean packets) {
        while (source.left() > 0 && !buffer.isFull()) {
            buffer.append(source, packets);
        }
        if (!buffer.isEmpty()) {
            sleepingReaders.wakeFirst();
        }
        if (!buffer.isFull()) {
            sleepingWriters.wakeFirst();
        }
    }

    /** The {@code POLL} bits that hold now for one who has it open. */
    synchronized int readiness(int flags, long hangUpAfter) {
        int events = 0;
        if (reads(flags)) {
            if (!buffer.isEmpty()) {
                events |= READ_EVENTS;
            }
            if (writers == 0 && writersSeen != hangUpAfter) {
                events |= FileDescription.POLLHUP;
            }
        }
        if (writes(flags)) {
            if (!buffer.isFull()) {
                events |= WRITE_EVENTS;
            }
            if (readers == 0) {
                events |= FileDescription.POLLERR;
            }
        }
        return events;
    }

    WaitQueue listeners() {
        return listeners;
    }

    /** How many bytes can be read now (FIONREAD). */
    synchronized long available() {
        return buffer.bytes();
    }

    /** F_GETPIPE_SZ */
    synchronized int capacity() {
        return buffer.slots() * PipeBuffer.PAGE;
    }

    /**
     * F_SETPIPE_SZ: at least so many bytes. EPERM beyond {@link #MOST_CAPACITY} without CAP_SYS_RESOURCE, EBUSY if more is in it, EINVAL
     * and ENOMEM for far too much.
     *
     * @return the capacity that it has now
     */
    int capacity(Credentials caller, long bytes) throws ErrnoException {
        if (bytes < 0 || bytes > MOST_ROUNDABLE) {
            throw Errno.EINVAL.exception();
        }
        long rounded = Math.max(PipeBuffer.PAGE, Long.highestOneBit(Math.max(bytes - 1, 1)) << 1);
        int slots = (int) (rounded / PipeBuffer.PAGE);
        synchronized (this) {
            if (slots > buffer.slots() && rounded > MOST_CAPACITY && !caller.has(Capability.SYS_RESOURCE)) {
                throw Errno.EPERM.exception();
            }
            if (slots > MOST_SLOTS) {
                throw Errno.ENOMEM.exception();
            }
            if (!buffer.resize(slots)) {
                throw Errno.EBUSY.exception();
            }
            sleepingWriters.wakeAll();
        }
        return slots * PipeBuffer.PAGE;
    }
}
