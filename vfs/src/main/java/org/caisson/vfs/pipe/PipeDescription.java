package org.caisson.vfs.pipe;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.Interruption;
import org.caisson.vfs.wait.ReadinessListener;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/**
 * An open end of a pipe, or both. Who gets EPIPE from a write sends itself SIGPIPE, too, unless it asked not to.
 *
 * <p>O_NONBLOCK may change at any time; O_DIRECT makes each write a packet of its own, see pipe(2).
 */
public final class PipeDescription extends FileDescription {
    /** Of {@code asm-generic/ioctls.h}: how many bytes can be read now, an int. */
    public static final int FIONREAD = 0x541B;

    private static final int READER_EVENTS = POLLIN | POLLRDNORM | POLLHUP;
    private static final int WRITER_EVENTS = POLLOUT | POLLWRNORM | POLLERR;

    private final Pipe pipe;
    private final PipeInode inode;
    private final long hangUpAfter;

    /** Made by an operation, for the next. */
    private final AtomicReference<@Nullable Transfer> spare = new AtomicReference<>();

    PipeDescription(
            Pipe pipe, VirtualDentry place, Credentials credentials, int flags, PipeInode inode, long hangUpAfter) {
        super(place, credentials, flags);
        this.pipe = pipe;
        this.inode = inode;
        this.hangUpAfter = hangUpAfter;
    }

    @Override
    public void stat(Stat out) throws ErrnoException {
        inode.stat(out);
        out.seenThrough(place().mount(), place().dentry());
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        setStat(credentials(), change);
    }

    @Override
    public void setStat(Credentials caller, SetStat change) throws ErrnoException {
        if (change.has(SetStat.SIZE)) {
            throw Errno.EINVAL.exception();
        }
        inode.setStat(this, caller, change);
    }

    /** pread(2): a pipe has no positions. */
    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    @Override
    public long read(MemorySegment target) throws ErrnoException {
        return read(target, (Interruption) null);
    }

    @Override
    public long read(MemorySegment target, @Nullable Interruption interruption) throws ErrnoException {
        Transfer transfer = borrow();
        try {
            long done = read(transfer.begin(target), interruption);
            if (done > 0) {
                tellAccessed();
            }
            return done;
        } finally {
            giveBack(transfer);
        }
    }

    @Override
    public long read(List<MemorySegment> targets, long offset) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    @Override
    public long read(List<MemorySegment> targets) throws ErrnoException {
        return read(targets, (Interruption) null);
    }

    /** As the kernel's {@code vfs_readv}, tells of reading nothing as well. */
    @Override
    public long read(List<MemorySegment> targets, @Nullable Interruption interruption) throws ErrnoException {
        Transfer transfer = borrow();
        try {
            long done = read(transfer.begin(targets), interruption);
            tellAccessed();
            return done;
        } finally {
            giveBack(transfer);
        }
    }

    private long read(Transfer target, @Nullable Interruption interruption) throws ErrnoException {
        if (!Pipe.reads(flags())) {
            throw Errno.EBADF.exception();
        }
        long done = check(pipe.read(target, isNonBlocking(), interruption));
        if (done > 0) {
            inode.accessed(this);
        }
        return done;
    }

    /** pwrite(2): a pipe has no positions. */
    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    @Override
    public long write(MemorySegment source) throws ErrnoException {
        return write(source, (Interruption) null);
    }

    @Override
    public long write(MemorySegment source, @Nullable Interruption interruption) throws ErrnoException {
        Transfer transfer = borrow();
        try {
            return write(transfer.begin(source), interruption);
        } finally {
            giveBack(transfer);
        }
    }

    @Override
    public long write(List<MemorySegment> sources, long offset) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    @Override
    public long write(List<MemorySegment> sources) throws ErrnoException {
        return write(sources, (Interruption) null);
    }

    /** writev(2): up to {@link Pipe#ATOMIC} bytes in all go in whole. */
    @Override
    public long write(List<MemorySegment> sources, @Nullable Interruption interruption) throws ErrnoException {
        Transfer transfer = borrow();
        try {
            return write(transfer.begin(sources), interruption);
        } finally {
            giveBack(transfer);
        }
    }

    private long write(Transfer source, @Nullable Interruption interruption) throws ErrnoException {
        if (!Pipe.writes(flags())) {
            throw Errno.EBADF.exception();
        }
        boolean packets = (flags() & OpenFlags.O_DIRECT) != 0;
        long done = check(pipe.write(source, isNonBlocking(), packets, interruption));
        if (done > 0) {
            inode.modified();
            tellWritten();
        }
        return done;
    }

    /** A cursor of its own for this operation. */
    private Transfer borrow() {
        Transfer mine = spare.getAndSet(null);
        return mine == null ? new Transfer() : mine;
    }

    private void giveBack(Transfer transfer) {
        transfer.end();
        spare.set(transfer);
    }

    private boolean isNonBlocking() {
        return (flags() & OpenFlags.O_NONBLOCK) != 0;
    }

    @Override
    public void allocate(int mode, long offset, long length) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    @Override
    public long copyRange(long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    /** FIONREAD; all else is ENOTTY. */
    @Override
    public long ioctl(int command, MemorySegment argument) throws ErrnoException {
        if (command != FIONREAD) {
            throw Errno.ENOTTY.exception();
        }
        argument.set(ValueLayout.JAVA_INT_UNALIGNED, 0, (int) pipe.available());
        return 0;
    }

    /** fcntl(2) F_GETPIPE_SZ, in bytes. */
    public int capacity() {
        return pipe.capacity();
    }

    /**
     * fcntl(2) F_SETPIPE_SZ: makes room for at least so many bytes. EPERM beyond {@link Pipe#MOST_CAPACITY} without CAP_SYS_RESOURCE,
     * EBUSY if more is in it, EINVAL for more than 2 GiB.
     *
     * @return the capacity that it has now
     */
    public int capacity(Credentials caller, long bytes) throws ErrnoException {
        return pipe.capacity(caller, bytes);
    }

    @Override
    public int readiness() {
        return pipe.readiness(flags(), hangUpAfter);
    }

    @Override
    public WaitQueue.Registration listen(int events, boolean once, ReadinessListener listener) {
        int concerning = (Pipe.reads(flags()) ? READER_EVENTS : 0) | (Pipe.writes(flags()) ? WRITER_EVENTS : 0);
        int asked = events | WaitQueue.ALWAYS;
        return pipe.listeners().listen(asked & concerning, once, listener);
    }

    @Override
    protected void onRelease() {
        pipe.depart(flags());
        inode.closed();
    }

    private static long check(long outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of((int) -outcome).exception();
        }
        return outcome;
    }
}
