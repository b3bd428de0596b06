package org.caisson.nio;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.Channel;
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
        try {
            return attempt(operation);
        } catch (ClosedByInterruptException e) {
            // What waited has taken the interrupt for itself.
            Thread.currentThread().interrupt();
            throw e;
        } catch (InterruptedIOException e) {
            // The same, and who interrupts has not yet come to closing the channel.
            Thread.currentThread().interrupt();
            begin();
            end(false);
            throw e;
        }
    }

    private long attempt(Operation operation) throws IOException {
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
            return run(open -> open.read(targets, offset, length));
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
            return run(open -> open.write(sources, offset, length));
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
        if (target instanceof CaissonFileChannel other) {
            long copied = copy(file, position, other.file, OpenFile.AT_POSITION, count);
            if (copied >= 0) {
                return copied;
            }
        }
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
        if (source instanceof CaissonFileChannel other) {
            long copied = copy(other.file, OpenFile.AT_POSITION, file, position, count);
            if (copied >= 0) {
                return copied;
            }
        }
        long[] to = {position};
        return transfer(source, count, source::read, buffer -> {
            int written = write(buffer, to[0]);
            to[0] += written;
            return written;
        });
    }

    /** Copies from file to file; -1 if that is to be done by way of a buffer. */
    private static long copy(OpenFile source, long from, OpenFile target, long to, long count) throws IOException {
        if (!source.enter()) {
            throw new ClosedChannelException();
        }
        try {
            if (!target.enter()) {
                throw new ClosedChannelException();
            }
            try {
                return source.copyRange(from, target, to, count);
            } finally {
                target.exit();
            }
        } finally {
            source.exit();
        }
    }

    /** An interrupt closes both channels. */
    private long transfer(Channel other, long count, Transfer.Source source, Transfer.Sink sink) throws IOException {
        try {
            return Transfer.copy(TRANSFER_SIZE, count, source, sink);
        } catch (ClosedByInterruptException e) {
            close();
            other.close();
            throw e;
        }
    }

    private static void requireRange(long position, long count) {
        requireNotNegative(position);
        if (count < 0) {
            throw new IllegalArgumentException("Negative count");
        }
    }

    /**
     * A mapping of the host's file, where the file is one of the host's. Else a copy of the region: later changes of the file do not show in
     * it, which is left open for a mapping to be read. So READ_WRITE cannot be offered there.
     */
    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("Size exceeds Integer.MAX_VALUE");
        }
        requireMappable(mode, position, size);
        MappedByteBuffer[] copy = new MappedByteBuffer[1];
        run(open -> {
            MappedByteBuffer map = HostMapping.ofBuffer(open, mode, position, (int) size);
            copy[0] = map != null ? map : MappedCopy.ofBuffer(open, mode, position, (int) size);
            return 1;
        });
        return copy[0];
    }

    /** The same in memory of an arena. */
    @Override
    public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        Objects.requireNonNull(arena, "arena is null");
        requireMappable(mode, offset, size);
        MemorySegment[] copy = new MemorySegment[1];
        run(open -> {
            MemorySegment map = HostMapping.ofSegment(open, mode, offset, size, arena);
            copy[0] = map != null ? map : MappedCopy.ofSegment(open, mode, offset, size, arena);
            return 1;
        });
        return copy[0];
    }

    private void requireMappable(MapMode mode, long position, long size) throws ClosedChannelException {
        Objects.requireNonNull(mode, "mode is null");
        requireOpen();
        requireNotNegative(position);
        if (size < 0 || position + size < 0) {
            throw new IllegalArgumentException("Negative size, or beyond the largest offset");
        }
        if (mode != MapMode.READ_ONLY) {
            file.requireWrites();
        }
        file.requireReads();
        boolean shared = mode == MapMode.READ_WRITE && file.hostFile() != null;
        if (mode != MapMode.READ_ONLY && mode != MapMode.PRIVATE && !shared) {
            throw new UnsupportedOperationException("a file that is none of the host's cannot be mapped " + mode);
        }
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        CaissonFileLock lock = newLock(position, size, shared);
        boolean held = false;
        try {
            run(open -> {
                open.lock(lock);
                return 1;
            });
            held = true;
            return lock;
        } catch (ClosedByInterruptException e) {
            FileLockInterruptionException failure = new FileLockInterruptionException();
            failure.initCause(e);
            throw failure;
        } finally {
            if (!held) {
                JvmLocks.remove(lock);
            }
        }
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
        CaissonFileLock lock = newLock(position, size, shared);
        boolean held = false;
        try {
            held = run(open -> open.tryLock(lock) ? 1 : 0) != 0;
            return held ? lock : null;
        } finally {
            if (!held) {
                JvmLocks.remove(lock);
            }
        }
    }

    private CaissonFileLock newLock(long position, long size, boolean shared) throws ClosedChannelException {
        requireOpen();
        if (shared) {
            file.requireReads();
        } else {
            file.requireWrites();
        }
        CaissonFileLock lock = new CaissonFileLock(this, file, position, size, shared);
        file.note(lock);
        return lock;
    }

    @Override
    protected void implCloseChannel() {
        entry.close();
    }
}
