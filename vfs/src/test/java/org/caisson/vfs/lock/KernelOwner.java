package org.caisson.vfs.lock;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.Syscalls;

/**
 * An owner of locks in the kernel: a thread with a table of descriptors of its own, which is what the kernel takes for the owner of
 * POSIX locks. All of it ends with the thread.
 */
final class KernelOwner implements AutoCloseable {
    static final int GETLK = 5;
    static final int SETLK = 6;
    static final int SETLKW = 7;
    static final int OFD_GETLK = 36;
    static final int OFD_SETLK = 37;

    private static final int CLONE_FILES = 0x400;

    private final Worker main = new Worker();

    /** For what is to be done while the first one waits. Made by that, it shares its descriptors. */
    private final Worker second;

    KernelOwner() {
        main.start();
        now(() -> Syscalls.check(Syscalls.call(SyscallNumbers.UNSHARE, CLONE_FILES), "unshare"));
        second = now(() -> new Worker().start());
    }

    /** A thread that does one thing after the other. */
    private static final class Worker {
        private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
        private final CompletableFuture<Boolean> finished = new CompletableFuture<>();

        Worker start() {
            Thread thread = new Thread(this::work, "kernel-owner");
            thread.setDaemon(true);
            thread.start();
            return this;
        }

        private void work() {
            try {
                while (!finished.isDone()) {
                    commands.take().run();
                }
            } catch (InterruptedException e) {
                finished.complete(false);
            }
        }

        <T> CompletableFuture<T> run(Callable<T> command) {
            CompletableFuture<T> result = new CompletableFuture<>();
            commands.add(() -> {
                try {
                    result.complete(command.call());
                } catch (Throwable e) {
                    result.completeExceptionally(e);
                }
            });
            return result;
        }

        void end() {
            commands.add(() -> finished.complete(true));
            finished.orTimeout(30, TimeUnit.SECONDS).join();
        }
    }

    /** Starts a command that may block. */
    <T> CompletableFuture<T> start(Callable<T> command) {
        return main.run(command);
    }

    <T> T now(Callable<T> command) {
        return start(command).orTimeout(30, TimeUnit.SECONDS).join();
    }

    int open(String path, int flags) {
        return now(() -> {
            try (Arena arena = Arena.ofConfined()) {
                return (int) Syscalls.call(
                        SyscallNumbers.OPEN,
                        arena.allocateFrom(path, StandardCharsets.UTF_8).address(),
                        flags,
                        0600);
            }
        });
    }

    int closeFile(int fd) {
        return now(() -> (int) Syscalls.call(SyscallNumbers.CLOSE, fd));
    }

    /** Closes from another thread of the same owner, while the first one waits. */
    int closeFileBesides(int fd) {
        return second.run(() -> (int) Syscalls.call(SyscallNumbers.CLOSE, fd))
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    int flock(int fd, int operation) {
        return now(() -> (int) Syscalls.call(SyscallNumbers.FLOCK, fd, operation));
    }

    /** The result of fcntl(2), and for F_GETLK that succeeds what it tells. */
    CompletableFuture<String> startFcntl(int fd, int command, int type, long start, long length) {
        return start(() -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment flock = arena.allocate(32, 8);
                flock.set(ValueLayout.JAVA_SHORT, 0, (short) type);
                flock.set(ValueLayout.JAVA_LONG, 8, start);
                flock.set(ValueLayout.JAVA_LONG, 16, length);
                long result = Syscalls.call(SyscallNumbers.FCNTL, fd, command, flock.address());
                boolean asked = command == GETLK || command == OFD_GETLK;
                if (result != 0 || !asked) {
                    return Long.toString(result);
                }
                int found = flock.get(ValueLayout.JAVA_SHORT, 0);
                return found == 2
                        ? "free"
                        : LockType.of(found)
                                + " "
                                + flock.get(ValueLayout.JAVA_LONG, 8)
                                + "+"
                                + flock.get(ValueLayout.JAVA_LONG, 16)
                                + " of "
                                + flock.get(ValueLayout.JAVA_INT, 24);
            }
        });
    }

    String fcntl(int fd, int command, int type, long start, long length) {
        return startFcntl(fd, command, type, start, length)
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        main.end();
        second.end();
    }
}
