package org.caisson.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.lock.LockInfo;
import org.caisson.vfs.lock.LockOwner;
import org.caisson.vfs.lock.LockType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What waits can be interrupted and closed: pipes, and locks that others hold. */
class BlockingTest {
    private CaissonFileSystem system;

    @BeforeEach
    void begin() throws IOException {
        system = MemoryTree.plain();
        Files.createFile(system.getPath("/file"));
        system.vfs().mknod(Credentials.root(), at("/pipe"), StatMode.S_IFIFO | 0600, 0);
    }

    @AfterEach
    void end() throws IOException {
        system.close();
    }

    private PathOperation at(String path) {
        return new PathOperation().root(system.root()).start(system.root()).path(path);
    }

    /** What a thread of its own does until it fails or is done. */
    private interface Action {
        Object run() throws IOException;
    }

    /** One thread that waits. */
    private static final class Waiter {
        final CompletableFuture<Object> outcome = new CompletableFuture<>();
        final CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        final Thread thread;

        Waiter(Action action) throws InterruptedException {
            CountDownLatch begun = new CountDownLatch(1);
            thread = Thread.ofPlatform().start(() -> {
                begun.countDown();
                try {
                    outcome.complete(String.valueOf(action.run()));
                } catch (IOException | RuntimeException e) {
                    outcome.completeExceptionally(e);
                }
                interrupted.complete(Thread.currentThread().isInterrupted());
            });
            begun.await();
            while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }

        Throwable failure() {
            return outcome.exceptionNow();
        }

        Waiter end() throws InterruptedException {
            thread.join();
            return this;
        }
    }

    /** Somebody else's lock on the whole file. */
    private FileDescription lockedByOther() throws ErrnoException {
        FileDescription other = system.vfs().open(Credentials.root(), at("/file"), OpenOptions.READ_WRITE);
        other.locks().set(LockOwner.process(1), LockType.WRITE, 0, LockInfo.END);
        return other;
    }

    private FileChannel open(String path) throws IOException {
        return FileChannel.open(system.getPath(path), StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    @Test
    void interruptEndsAReadOfAPipe() throws Exception {
        try (FileChannel pipe = open("/pipe")) {
            Waiter waiter = new Waiter(() -> pipe.read(ByteBuffer.allocate(1)));
            waiter.thread.interrupt();
            assertThat(waiter.end().failure()).isExactlyInstanceOf(ClosedByInterruptException.class);
            assertThat(waiter.interrupted.get()).isTrue();
            assertThat(pipe.isOpen()).isFalse();
        }
    }

    @Test
    void closeEndsAReadOfAPipe() throws Exception {
        FileChannel pipe = open("/pipe");
        Waiter waiter = new Waiter(() -> pipe.read(new ByteBuffer[] {ByteBuffer.allocate(1)}));
        pipe.close();
        assertThat(waiter.end().failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
        assertThat(waiter.interrupted.get()).isFalse();
    }

    @Test
    void pipeGoesFromThreadToThread() throws Exception {
        Path path = system.getPath("/pipe");
        Waiter reader = new Waiter(() -> Files.readString(path));
        Files.writeString(path, "through the pipe");
        assertThat(reader.end().outcome.get()).isEqualTo("through the pipe");
    }

    @Test
    void interruptEndsTheOpeningOfAPipe() throws Exception {
        Waiter waiter = new Waiter(() -> Files.newByteChannel(system.getPath("/pipe")));
        waiter.thread.interrupt();
        assertThat(waiter.end().failure())
                .isExactlyInstanceOf(FileSystemException.class)
                .hasMessage("/pipe: Interrupted system call");
        assertThat(waiter.interrupted.get()).isTrue();
    }

    @Test
    void lockOfOthersIsSeen() throws Exception {
        FileDescription other = lockedByOther();
        try (FileChannel channel = open("/file")) {
            assertThat(channel.tryLock()).isNull();
            assertThat(channel.tryLock(5, 1, true)).isNull();
            Waiter waiter = new Waiter(channel::lock);
            other.locks().set(LockOwner.process(2), LockType.NONE, 0, 1);
            assertThat(waiter.outcome.isDone()).isFalse();
            other.release();
            assertThat(waiter.end().outcome.get().toString()).contains("exclusive valid");
        }
    }

    @Test
    void othersSeeOurLock() throws Exception {
        FileDescription other = system.vfs().open(Credentials.root(), at("/file"), OpenOptions.READ_WRITE);
        LockOwner owner = LockOwner.process(1);
        try (FileChannel channel = open("/file")) {
            FileLock shared = channel.lock(10, 10, true);
            other.locks().set(owner, LockType.READ, 0, 100);
            assertThatThrownBy(() -> other.locks().set(owner, LockType.WRITE, 19, 19))
                    .hasMessage("Resource temporarily unavailable (EAGAIN)");
            other.locks().set(owner, LockType.WRITE, 20, 20);
            shared.release();
            other.locks().set(owner, LockType.WRITE, 19, 19);
            assertThat(channel.tryLock(0, 1, false)).isNull();
            channel.lock(101, 1, false);
        }
        other.locks().set(owner, LockType.WRITE, 0, LockInfo.END);
        other.release();
    }

    @Test
    void interruptEndsTheWaitForALock() throws Exception {
        FileDescription other = lockedByOther();
        FileChannel channel = open("/file");
        Waiter waiter = new Waiter(channel::lock);
        waiter.thread.interrupt();
        assertThat(waiter.end().failure()).isExactlyInstanceOf(FileLockInterruptionException.class);
        assertThat(waiter.interrupted.get()).isTrue();
        other.release();
        try (FileChannel again = open("/file")) {
            assertThat(again.tryLock()).isNotNull();
        }
    }

    @Test
    void closeEndsTheWaitForALock() throws Exception {
        FileDescription other = lockedByOther();
        FileChannel channel = open("/file");
        Waiter waiter = new Waiter(channel::lock);
        channel.close();
        assertThat(waiter.end().failure()).isExactlyInstanceOf(AsynchronousCloseException.class);
        AsynchronousFileChannel later = AsynchronousFileChannel.open(system.getPath("/file"), StandardOpenOption.WRITE);
        var lock = later.lock();
        assertThat(later.isOpen()).isTrue();
        later.close();
        assertThatThrownBy(() -> lock.get(20, TimeUnit.SECONDS))
                .isExactlyInstanceOf(ExecutionException.class)
                .hasCauseExactlyInstanceOf(AsynchronousCloseException.class);
        other.release();
        try (FileChannel again = open("/file")) {
            assertThat(again.tryLock()).isNotNull();
        }
    }
}
