package org.caisson.nio;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;

/**
 * An open file as both kinds of channel use it. Who uses it is counted, so that the description is released by the close or by the
 * last operation that was under way then.
 */
final class OpenFile {
    /** For {@link #read} and {@link #write}: where the description stands, which moves on. */
    static final long AT_POSITION = -1;

    private static final int CLOSED = Integer.MIN_VALUE;

    private final CaissonFileSystem system;
    private final FileDescription description;
    private final boolean reads;
    private final boolean writes;
    private final boolean appends;

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

    /** Lets no more operations begin. A second call does nothing. */
    void close() {
        LockTable.releaseAll(this);
        if (users.getAndUpdate(count -> count | CLOSED) == 0) {
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

    FileDescription description() {
        return description;
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
            long count =
                    offset == AT_POSITION ? description.read(segment) : description.read(segment, 0, wanted, offset);
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
            long count =
                    offset == AT_POSITION ? description.write(segment) : description.write(segment, 0, offered, offset);
            source.position(source.position() + (int) count);
            return (int) count;
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
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
        if (size >= size()) {
            return;
        }
        try {
            SetStat change = new SetStat();
            change.mask = SetStat.SIZE;
            change.size = size;
            description.setStat(change);
        } catch (ErrnoException e) {
            throw Failures.ofOpenFile(e);
        }
    }

    /** Takes the position back to the end if it is beyond. */
    void clampPosition(long size) throws IOException {
        if (seek(0, FileDescription.SEEK_CUR) > size) {
            position(size);
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
