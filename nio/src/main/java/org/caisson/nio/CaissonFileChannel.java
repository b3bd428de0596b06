package org.caisson.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A channel of one open file. */
final class CaissonFileChannel extends FileChannel {
    private static final int TRANSFER_SIZE = 64 * 1024;

    private final OpenFile file;
    private final OpenResources.Entry entry;

    /** Held by operations at the position, so that each is whole. */
    private final Object positionLock = new Object();

    CaissonFileChannel(OpenFile file) {
        this.file = file;
        this.entry = file.system().resources().add(this, file::close);
    }

    /** What is done to an open file. */
    @FunctionalInterface
    private interface Operation {
        long run(OpenFile file) throws IOException;
    }

    /**
     * Runs what an interrupt or a close from outside may end.
     *
     * @throws ClosedChannelException if the channel was closed, before or meanwhile
     */
    private long run(Operation operation) throws IOException {
        boolean completed = false;
        begin();
        try {
            if (!file.enter()) {
                throw new ClosedChannelException();
            }
            try {
                long result = operation.run(file);
                completed = result > 0;
                return result;
            } finally {
                file.exit();
            }
        } finally {
            end(completed);
        }
    }

    private void requireOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        Objects.requireNonNull(target, "target is null");
        requireOpen();
        file.requireReads();
        synchronized (positionLock) {
            return (int) run(open -> open.read(target, OpenFile.AT_POSITION));
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        requireOpen();
        file.requireReads();
        synchronized (positionLock) {
            return run(open -> {
                long total = 0;
                for (int i = offset; i < offset + length; i++) {
                    int wanted = targets[i].remaining();
                    int count = open.read(targets[i], OpenFile.AT_POSITION);
                    if (count < 0 && total == 0) {
                        return -1;
                    }
                    total += Math.max(count, 0);
                    if (count < wanted) {
                        break;
                    }
                }
                return total;
            });
        }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        Objects.requireNonNull(target, "target is null");
        requireNotNegative(position);
        requireOpen();
        file.requireReads();
        return (int) run(open -> open.read(target, position));
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source is null");
        requireOpen();
        file.requireWrites();
        synchronized (positionLock) {
            return (int) run(open -> open.write(source, OpenFile.AT_POSITION));
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        requireOpen();
        file.requireWrites();
        synchronized (positionLock) {
            return run(open -> {
                long total = 0;
                for (int i = offset; i < offset + length; i++) {
                    int offered = sources[i].remaining();
                    int count = open.write(sources[i], OpenFile.AT_POSITION);
                    total += count;
                    if (count < offered) {
                        break;
                    }
                }
                return total;
            });
        }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        Objects.requireNonNull(source, "source is null");
        requireNotNegative(position);
        requireOpen();
        file.requireWrites();
        return (int) run(open -> open.write(source, position));
    }

    private static void requireNotNegative(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("Negative position");
        }
    }

    @Override
    public long position() throws IOException {
        requireOpen();
        synchronized (positionLock) {
            return run(OpenFile::position);
        }
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        requireOpen();
        requireNotNegative(newPosition);
        synchronized (positionLock) {
            run(open -> {
                open.position(newPosition);
                return 1;
            });
        }
        return this;
    }

    @Override
    public long size() throws IOException {
        requireOpen();
        return run(OpenFile::size);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        requireOpen();
        if (size < 0) {
            throw new IllegalArgumentException("Negative size");
        }
        file.requireWrites();
        synchronized (positionLock) {
            run(open -> {
                open.shrink(size);
                open.clampPosition(size);
                return 1;
            });
        }
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        requireOpen();
        run(open -> {
            open.sync(!metaData);
            return 1;
        });
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        requireOpen();
        if (!target.isOpen()) {
            throw new ClosedChannelException();
        }
        file.requireReads();
        if (target instanceof CaissonFileChannel other && !other.file.writes()) {
            throw new NonWritableChannelException();
        }
        requireRange(position, count);
        return Transfer.copy(
                TRANSFER_SIZE,
                count,
                new Transfer.Source() {
                    private long from = position;

                    @Override
                    public int read(ByteBuffer buffer) throws IOException {
                        return CaissonFileChannel.this.read(buffer, from);
                    }

                    @Override
                    public void taken(int bytes) {
                        from += bytes;
                    }
                },
                target::write);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
        requireOpen();
        if (!source.isOpen()) {
            throw new ClosedChannelException();
        }
        if (source instanceof CaissonFileChannel other && !other.file.reads()) {
            throw new NonReadableChannelException();
        }
        file.requireWrites();
        requireRange(position, count);
        if (position > size()) {
            return 0;
        }
        long[] to = {position};
        return Transfer.copy(TRANSFER_SIZE, count, source::read, buffer -> {
            int written = write(buffer, to[0]);
            to[0] += written;
            return written;
        });
    }

    private static void requireRange(long position, long count) {
        requireNotNegative(position);
        if (count < 0) {
            throw new IllegalArgumentException("Negative count");
        }
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        throw new UnsupportedOperationException("files of a virtual file system cannot be mapped");
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        HeldLock lock = newLock(position, size, shared);
        boolean[] held = {false};
        try {
            run(_ -> {
                held[0] = true;
                return 1;
            });
        } catch (ClosedByInterruptException e) {
            FileLockInterruptionException failure = new FileLockInterruptionException();
            failure.initCause(e);
            throw failure;
        } finally {
            if (!held[0]) {
                LockTable.remove(lock);
            }
        }
        return lock;
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return newLock(position, size, shared);
    }

    private HeldLock newLock(long position, long size, boolean shared) throws ClosedChannelException {
        requireOpen();
        if (shared) {
            file.requireReads();
        } else {
            file.requireWrites();
        }
        HeldLock lock = new HeldLock(this, file, position, HeldLock.regionSize(position, size), shared);
        LockTable.add(lock);
        return lock;
    }

    @Override
    protected void implCloseChannel() {
        entry.close();
    }
}
