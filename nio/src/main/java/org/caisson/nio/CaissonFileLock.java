package org.caisson.nio;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import org.caisson.vfs.lock.LockType;

/** A lock on a region of a file, which the open file owns (F_OFD_SETLK of fcntl(2)). */
final class CaissonFileLock extends FileLock {
    private final OpenFile file;

    private volatile boolean valid = true;

    CaissonFileLock(FileChannel channel, OpenFile file, long position, long size, boolean shared) {
        super(channel, position, regionSize(position, size), shared);
        this.file = file;
    }

    CaissonFileLock(AsynchronousFileChannel channel, OpenFile file, long position, long size, boolean shared) {
        super(channel, position, regionSize(position, size), shared);
        this.file = file;
    }

    /** A region that is asked for as 0 reaches to the largest offset. */
    private static long regionSize(long position, long size) {
        return size == 0 ? Long.MAX_VALUE - Math.max(0, position) : size;
    }

    OpenFile file() {
        return file;
    }

    LockType type() {
        return isShared() ? LockType.READ : LockType.WRITE;
    }

    /** The last byte. */
    long end() {
        return Math.max(position(), position() + size() - 1);
    }

    void invalidate() {
        valid = false;
    }

    @Override
    public boolean isValid() {
        return valid && acquiredBy().isOpen();
    }

    @Override
    public void release() throws IOException {
        if (!acquiredBy().isOpen()) {
            throw new ClosedChannelException();
        }
        synchronized (this) {
            if (valid) {
                valid = false;
                file.unlock(this);
            }
        }
    }
}
