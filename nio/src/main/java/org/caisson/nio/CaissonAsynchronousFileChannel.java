package org.caisson.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A channel whose operations run in an executor. */
final class CaissonAsynchronousFileChannel extends AsynchronousFileChannel {
    private final OpenFile file;
    private final Executor executor;
    private final OpenResources.Entry entry;

    private volatile boolean closed;

    /** With an executor, or null for a virtual thread an operation. */
    CaissonAsynchronousFileChannel(OpenFile file, @Nullable Executor executor) {
        this.file = file;
        this.executor = executor == null ? Thread::startVirtualThread : executor;
        this.entry = file.system().resources().add(this, file::close);
    }

    /** What is done to an open file. */
    @FunctionalInterface
    private interface Operation<V> {
        V run(OpenFile file) throws IOException;
    }

    private <V> V run(Operation<V> operation) throws IOException {
        if (!file.enter()) {
            throw new ClosedChannelException();
        }
        try {
            return operation.run(file);
        } finally {
            file.exit();
        }
    }

    /** Runs what was submitted; that the channel has been closed since then is told as what it is. */
    private <V> V runSubmitted(Operation<V> operation, boolean wasOpen) throws IOException {
        try {
            return run(operation);
        } catch (IOException e) {
            if (wasOpen && closed && !(e instanceof AsynchronousCloseException)) {
                AsynchronousCloseException failure = new AsynchronousCloseException();
                failure.initCause(e);
                throw failure;
            }
            throw e;
        }
    }

    private <V> Future<V> submit(Operation<V> operation) {
        CompletableFuture<V> future = new CompletableFuture<>();
        boolean wasOpen = isOpen();
        executor.execute(() -> {
            try {
                future.complete(runSubmitted(operation, wasOpen));
            } catch (IOException | RuntimeException e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }

    private <V, A> void submit(
            Operation<V> operation, @Nullable A attachment, CompletionHandler<V, ? super A> handler) {
        Objects.requireNonNull(handler, "handler is null");
        boolean wasOpen = isOpen();
        executor.execute(() -> {
            V result;
            try {
                result = runSubmitted(operation, wasOpen);
            } catch (IOException | RuntimeException e) {
                handler.failed(e, attachment);
                return;
            }
            handler.completed(result, attachment);
        });
    }

    @Override
    public long size() throws IOException {
        return run(OpenFile::size);
    }

    @Override
    public AsynchronousFileChannel truncate(long size) throws IOException {
        if (size < 0) {
            throw new IllegalArgumentException("Negative size");
        }
        file.requireWrites();
        run(open -> {
            open.shrink(size);
            return true;
        });
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        run(open -> {
            open.sync(!metaData);
            return true;
        });
    }

    @Override
    public <A> void read(
            ByteBuffer target, long position, @Nullable A attachment, CompletionHandler<Integer, ? super A> handler) {
        submit(reading(target, position), attachment, handler);
    }

    @Override
    public Future<Integer> read(ByteBuffer target, long position) {
        return submit(reading(target, position));
    }

    private Operation<Integer> reading(ByteBuffer target, long position) {
        requireNotNegative(position);
        file.requireReads();
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        return open -> open.read(target, position);
    }

    @Override
    public <A> void write(
            ByteBuffer source, long position, @Nullable A attachment, CompletionHandler<Integer, ? super A> handler) {
        submit(writing(source, position), attachment, handler);
    }

    @Override
    public Future<Integer> write(ByteBuffer source, long position) {
        return submit(writing(source, position));
    }

    private Operation<Integer> writing(ByteBuffer source, long position) {
        requireNotNegative(position);
        file.requireWrites();
        return open -> open.write(source, position);
    }

    private static void requireNotNegative(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("Negative position");
        }
    }

    @Override
    public <A> void lock(
            long position,
            long size,
            boolean shared,
            @Nullable A attachment,
            CompletionHandler<FileLock, ? super A> handler) {
        submit(locking(position, size, shared), attachment, handler);
    }

    @Override
    public Future<FileLock> lock(long position, long size, boolean shared) {
        return submit(locking(position, size, shared));
    }

    private Operation<FileLock> locking(long position, long size, boolean shared) {
        CaissonFileLock lock;
        try {
            lock = newLock(position, size, shared);
        } catch (ClosedChannelException e) {
            return _ -> {
                throw e;
            };
        }
        return open -> {
            boolean held = false;
            try {
                open.lock(lock);
                held = true;
                return lock;
            } finally {
                if (!held) {
                    JvmLocks.remove(lock);
                }
            }
        };
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
        CaissonFileLock lock = newLock(position, size, shared);
        boolean held = false;
        try {
            held = run(open -> open.tryLock(lock));
            return held ? lock : null;
        } finally {
            if (!held) {
                JvmLocks.remove(lock);
            }
        }
    }

    private CaissonFileLock newLock(long position, long size, boolean shared) throws ClosedChannelException {
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
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        closed = true;
        entry.close();
    }
}
