package org.caisson.nio;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;

/** A lock on a region of a file. */
final class HeldLock extends FileLock {
    private final OpenFile file;

    private volatile boolean valid = true;

    HeldLock(FileChannel channel, OpenFile file, long position, long size, boolean shared) {
        super(channel, position, size, shared);
        this.file = file;
    }

    HeldLock(AsynchronousFileChannel channel, OpenFile file, long position, long size, boolean shared) {
        super(channel, position, size, shared);
        this.file = file;
    }

    /** The size of a region that is asked for as 0, which means to the largest offset. */
    static long regionSize(long position, long size) {
        return size == 0 ? Long.MAX_VALUE - Math.max(0, position) : size;
    }

    OpenFile file() {
        return file;
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
        if (valid) {
            valid = false;
            LockTable.remove(this);
        }
    }
}
