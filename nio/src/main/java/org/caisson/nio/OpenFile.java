package org.caisson.nio;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.host.BackedByHostFile;
import org.caisson.vfs.lock.LockInfo;
import org.caisson.vfs.lock.LockType;
import org.caisson.vfs.lock.OpenFileLocks;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * An open file as both kinds of channel use it. Who uses it is counted, so that the description is released by the close or by the
 * last operation that was under way then.
 */
final class OpenFile {
    /** For {@link #read} and {@link #write}: where the description stands, which moves on. */
    static final long AT_POSITION = -1;

    private static final long NOT_SO = -1;

    /** So much is copied at a time. */
    private static final long PIECE = 4 << 20;

    private static final int CLOSED = Integer.MIN_VALUE;

    private final CaissonFileSystem system;
    private final FileDescription description;
    private final boolean reads;
    private final boolean writes;
    private final boolean appends;

    /** Ends the operation at the position that waits; there is one at a time. */
    private final Interruption atPosition = new Interruption();

    /** Ends what waits for locks. */
    private final Set<Interruption> lockWaits = ConcurrentHashMap.newKeySet();

    /** Whether it may have locks. */
    private volatile boolean locked;

    /** How many operations are under way; with {@link #CLOSED} once no more may begin. */
    private final AtomicInteger users = new AtomicInteger();

    OpenFile(CaissonFileSystem system, FileDescription description, boolean reads, boolean writes, boolean appends) {
        this.system = system;
        this.description = description;
        this.reads = reads;
        this.writes = writes;
        this.appends = appends;
    }

    CaissonFileSystem system() {
        return system;
    }

    boolean reads() {
        return reads;
    }

    boolean writes() {
        return writes;
    }

    void requireReads() {
        if (!reads) {
            throw new NonReadableChannelException();
        }
    }

    void requireWrites() {
        if (!writes) {
            throw new NonWritableChannelException();
        }
    }

    /** Begins an operation, which {@link #exit} ends; false if the file was closed. */
    boolean enter() {
        int count = users.get();
        while (count >= 0) {
            if (users.compareAndSet(count, count + 1)) {
                return true;
            }
            count = users.get();
        }
        return false;
    }

    void exit() {
        if (users.decrementAndGet() == CLOSED) {
            description.release();
        }
    }

    /** Lets no more operations begin, ends those that wait, and gives locks back. A second call does nothing. */
    void close() {
        int before = users.getAndUpdate(count -> count | CLOSED);
        if (before < 0) {
            return;
        }
        atPosition.interrupt();
        lockWaits.forEach(Interruption::interrupt);
        if (locked) {
            JvmLocks.removeAll(this);
            giveLocksBack();
        }
        if (before == 0) {
            description.release();
        }
    }

    /** What stands for the file, by whichever name it was opened. */
    Object identity() {
        return description
                .place()
                .mount()
                .fileSystem()
                .identityOf(description.place().dentry());
    }

    /** Reads into a buffer; -1 at the end. */
    int read(ByteBuffer target, long offset) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        int wanted = target.remaining();
        if (wanted == 0) {
            return 0;
        }
        try {
            MemorySegment segment = MemorySegment.ofBuffer(target);
            long count = offset == AT_POSITION
                    ? description.read(segment, atPosition)
                    : description.read(segment, 0, wanted, offset);
            target.position(target.position() + (int) count);
            return count == 0 ? -1 : (int) count;
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    int write(ByteBuffer source, long offset) throws IOException {
        int offered = source.remaining();
        if (offered == 0) {
            return 0;
        }
        try {
            MemorySegment segment = MemorySegment.ofBuffer(source);
            long count = offset == AT_POSITION
                    ? description.write(segment, atPosition)
                    : description.write(segment, 0, offered, offset);
            source.position(source.position() + (int) count);
            return (int) count;
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    /**
     * Copies as copy_file_range(2) does, one of the offsets being {@link #AT_POSITION}: the position moves on by what was copied. A thread
     * that is interrupted stops between two pieces.
     *
     * @return how many bytes were copied, -1 if files like these are not copied so
     */
    long copyRange(long offset, OpenFile target, long targetOffset, long count) throws IOException {
        FileDescription moving = offset == AT_POSITION ? description : target.description;
        // As for read and write: nobody else moves the position meanwhile.
        synchronized (moving) {
            long done = 0;
            try {
                long position = moving.seek(0, FileDescription.SEEK_CUR);
                long from = offset == AT_POSITION ? position : offset;
                long to = offset == AT_POSITION ? targetOffset : position;
                while (done < count && !Thread.currentThread().isInterrupted()) {
                    long piece = Math.min(count - done, PIECE);
                    long copied = description.copyRange(
                            system.credentials(), from + done, target.description, to + done, piece, 0);
                    if (copied == 0) {
                        return done;
                    }
                    done += copied;
                    moving.seek(position + done, FileDescription.SEEK_SET);
                }
                return done == 0 && count != 0 ? NOT_SO : done;
            } catch (ErrnoException e) {
                return done != 0 ? done : notCopied(e);
            }
        }
    }

    /** Pipes and devices, a file that is only appended to, and ranges of one file that overlap are not copied so. */
    private static long notCopied(ErrnoException e) throws IOException {
        return switch (e.errno()) {
            case EINVAL, EBADF, EXDEV, ESPIPE, EOPNOTSUPP, EOVERFLOW -> NOT_SO;
            default -> throw Failures.ofOpenFile(e);
        };
    }

    /** The host's file behind this one; null if there is none. */
    @Nullable
    BackedByHostFile hostFile() {
        return description instanceof BackedByHostFile file ? file : null;
    }

    /** One more user of what is open, to be released. */
    FileDescription duplicate() {
        return description.duplicate();
    }

    /** Fills a segment from an offset on, as far as the file reaches. */
    void readFully(MemorySegment target, long offset) throws IOException {
        try {
            long done = 0;
            long count = 1;
            while (count > 0 && done < target.byteSize()) {
                count = description.read(target, done, target.byteSize() - done, offset + done);
                done += count;
            }
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    /** Reads into one buffer after the other; -1 at the end. */
    long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        List<MemorySegment> segments = new ArrayList<>();
        for (int i = offset; i < offset + length; i++) {
            if (targets[i].isReadOnly()) {
                throw new IllegalArgumentException("Read-only buffer");
            }
            addRemaining(targets[i], segments);
        }
        if (segments.isEmpty()) {
            return 0;
        }
        try {
            long count = description.read(segments, atPosition);
            advance(targets, offset, count);
            return count == 0 ? -1 : count;
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        List<MemorySegment> segments = new ArrayList<>();
        for (int i = offset; i < offset + length; i++) {
            addRemaining(sources[i], segments);
        }
        if (segments.isEmpty()) {
            return 0;
        }
        try {
            long count = description.write(segments, atPosition);
            advance(sources, offset, count);
            return count;
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    private static void addRemaining(ByteBuffer buffer, List<MemorySegment> segments) {
        if (buffer.hasRemaining()) {
            segments.add(MemorySegment.ofBuffer(buffer));
        }
    }

    private static void advance(ByteBuffer[] buffers, int offset, long count) {
        long left = count;
        for (int i = offset; left > 0; i++) {
            int moved = (int) Math.min(left, buffers[i].remaining());
            buffers[i].position(buffers[i].position() + moved);
            left -= moved;
        }
    }

    long size() throws IOException {
        try {
            Stat stat = new Stat();
            description.stat(stat);
            return stat.size;
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    /** Where the next read or write takes place. */
    long position() throws IOException {
        return appends ? size() : seek(0, FileDescription.SEEK_CUR);
    }

    void position(long offset) throws IOException {
        seek(offset, FileDescription.SEEK_SET);
    }

    private long seek(long offset, int whence) throws IOException {
        try {
            return description.seek(offset, whence);
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    /** Makes the file no longer than this. */
    void shrink(long size) throws IOException {
        if (size < size()) {
            resize(size);
        }
    }

    private void resize(long size) throws IOException {
        try {
            SetStat change = new SetStat();
            change.mask = SetStat.SIZE;
            change.size = size;
            description.setStat(change);
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    /** Sees to it that the file is as long as this; only what may be written can be made longer. */
    void extend(long size) throws IOException {
        if (size <= size()) {
            return;
        }
        if (!writes) {
            throw new IOException("Channel not open for writing - cannot extend file to required size");
        }
        resize(size);
    }

    /** Takes the position back to the end if it is beyond. */
    void clampPosition(long size) throws IOException {
        if (seek(0, FileDescription.SEEK_CUR) > size) {
            position(size);
        }
    }

    /**
     * Notes a lock that is about to be acquired.
     *
     * @throws java.nio.channels.OverlappingFileLockException if the JVM has an overlapping one
     */
    void note(CaissonFileLock lock) throws ClosedChannelException {
        locked = true;
        JvmLocks.add(lock);
        if (users.get() < 0) {
            JvmLocks.remove(lock);
            throw new ClosedChannelException();
        }
    }

    /** Acquires a lock, which was noted before, if nobody else has one in the way. */
    boolean tryLock(CaissonFileLock lock) throws IOException {
        try {
            OpenFileLocks locks = description.locks();
            locks.set(locks.owner(), lock.type(), lock.position(), lock.end());
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EAGAIN) {
                return false;
            }
            throw Failures.ofOpenFile(e);
        }
    }

    /** Waits for a lock, which was noted before. */
    void lock(CaissonFileLock lock) throws IOException {
        Interruption interruption = new Interruption();
        lockWaits.add(interruption);
        try {
            if (users.get() < 0) {
                throw new AsynchronousCloseException();
            }
            OpenFileLocks locks = description.locks();
            locks.await(locks.owner(), lock.type(), lock.position(), lock.end(), interruption);
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        } finally {
            lockWaits.remove(interruption);
        }
    }

    void unlock(CaissonFileLock lock) throws IOException {
        JvmLocks.remove(lock);
        try {
            OpenFileLocks locks = description.locks();
            locks.set(locks.owner(), LockType.NONE, lock.position(), lock.end());
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    private void giveLocksBack() {
        try {
            OpenFileLocks locks = description.locks();
            locks.set(locks.owner(), LockType.NONE, 0, LockInfo.END);
        } catch (ErrnoException e) {
            // They are given back with the description.
        }
    }

    void sync(boolean dataOnly) throws IOException {
        try {
            description.sync(dataOnly);
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }
}
