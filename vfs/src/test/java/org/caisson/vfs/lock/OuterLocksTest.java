package org.caisson.vfs.lock;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.FileCalls;
import org.caisson.linux.LockCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.FileDescription;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Locks on files of the host: who has the file open on the host sees them, and ours wait for theirs. */
@ExtendWith(FdLeakCheck.class)
class OuterLocksTest {
    private static final int EAGAIN = -Errno.EAGAIN.number();
    private static final long END = LockInfo.END;

    private LockedFiles files;
    private FileDescription file;
    private OwnedFd theirs;

    @BeforeEach
    void open() throws Exception {
        files = LockedFiles.ofHost("f");
        file = files.open("f", OpenFlags.O_RDWR);
        theirs = FileCalls.open(files.shownPath("f"), OpenFlags.O_RDWR);
    }

    @AfterEach
    void close() throws Exception {
        theirs.close();
        file.release();
        files.close();
    }

    private int flock(int operation) {
        return LockCalls.flock(theirs.number(), operation);
    }

    private int range(int type, long start, long length) {
        return LockCalls.set(theirs.number(), type, start, length);
    }

    private static @Nullable Errno errno(Attempt attempt) {
        try {
            attempt.run();
            return null;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws ErrnoException;
    }

    @Test
    void aLockOfTheWholeIsSeenOnTheHostUntilItIsGivenBack() throws ErrnoException {
        file.locks().flock(LockType.READ, false, 1, null);
        assertThat(flock(FileCalls.LOCK_EX)).isEqualTo(EAGAIN);
        assertThat(flock(FileCalls.LOCK_SH)).isZero();
        assertThat(flock(FileCalls.LOCK_UN)).isZero();
        file.locks().flock(LockType.WRITE, false, 1, null);
        assertThat(flock(FileCalls.LOCK_SH)).isEqualTo(EAGAIN);
        file.locks().flock(LockType.NONE, false, 1, null);
        assertThat(flock(FileCalls.LOCK_EX)).isZero();
        assertThat(errno(() -> file.locks().flock(LockType.READ, false, 1, null)))
                .isEqualTo(Errno.EAGAIN);
    }

    /** As the kernel does: the old lock goes first. */
    @Test
    void whoCannotChangeALockOfTheWholeHasNone() throws ErrnoException {
        file.locks().flock(LockType.READ, false, 1, null);
        assertThat(flock(FileCalls.LOCK_SH)).isZero();
        assertThat(errno(() -> file.locks().flock(LockType.WRITE, false, 1, null)))
                .isEqualTo(Errno.EAGAIN);
        assertThat(flock(FileCalls.LOCK_EX)).isZero();
    }

    @Test
    void rangesOfEachOwnerAreSeenOnTheHost() throws ErrnoException {
        LockOwner one = LockOwner.process(1);
        LockOwner other = LockOwner.process(2);
        FileDescription reading = files.open("f", OpenFlags.O_RDONLY);
        reading.locks().set(one, LockType.READ, 0, 9);
        reading.locks().set(other, LockType.READ, 5, 14);
        file.locks().set(file.locks().owner(), LockType.WRITE, 20, END);
        assertThat(range(LockCalls.F_WRLCK, 0, 5)).isEqualTo(EAGAIN);
        assertThat(range(LockCalls.F_RDLCK, 0, 20)).isZero();
        assertThat(range(LockCalls.F_RDLCK, 1000, 1)).isEqualTo(EAGAIN);
        assertThat(range(LockCalls.F_UNLCK, 0, 0)).isZero();
        // The same owner by another open file, which may write.
        file.locks().set(one, LockType.WRITE, 0, 4);
        assertThat(range(LockCalls.F_RDLCK, 0, 1)).isEqualTo(EAGAIN);
        assertThat(range(LockCalls.F_WRLCK, 7, 1)).isEqualTo(EAGAIN);
        file.locks().set(one, LockType.NONE, 0, END);
        assertThat(range(LockCalls.F_WRLCK, 0, 5)).isZero();
        assertThat(range(LockCalls.F_WRLCK, 5, 5)).isEqualTo(EAGAIN);
        reading.release();
        assertThat(range(LockCalls.F_WRLCK, 5, 5)).isZero();
        assertThat(range(LockCalls.F_WRLCK, 15, 5)).isZero();
        assertThat(range(LockCalls.F_WRLCK, 15, 6)).isEqualTo(EAGAIN);
    }

    @Test
    void locksOfTheHostAreToldToWhoAsks() throws ErrnoException {
        LockOwner owner = LockOwner.process(1);
        assertThat(range(LockCalls.F_WRLCK, 10, 5)).isZero();
        LockInfo found = requireNonNull(file.locks().conflict(owner, LockType.READ, 0, END));
        assertThat(found.type()).isEqualTo(LockType.WRITE);
        assertThat(found.start()).isEqualTo(10);
        assertThat(found.end()).isEqualTo(14);
        assertThat(file.locks().conflict(owner, LockType.WRITE, 15, END)).isNull();
        file.locks().set(owner, LockType.WRITE, 0, 9);
        assertThat(file.locks().conflict(owner, LockType.WRITE, 0, 9)).isNull();
        assertThat(errno(() -> file.locks().set(owner, LockType.READ, 14, 14))).isEqualTo(Errno.EAGAIN);
        assertThat(range(LockCalls.F_WRLCK, 0, 1)).isEqualTo(EAGAIN);
    }

    /** One of the whole and many of ranges, which no thread of the machine waits for. */
    @Test
    void whoWaitsGetsTheLockWhenTheHostGivesItBack() throws Exception {
        assertThat(flock(FileCalls.LOCK_EX)).isZero();
        assertThat(range(LockCalls.F_WRLCK, 0, 0)).isZero();
        List<Future<?>> waiting = new ArrayList<>();
        waiting.add(start(() -> {
            file.locks().flock(LockType.WRITE, true, 1, null);
            return null;
        }));
        for (int i = 0; i < 50; i++) {
            LockOwner owner = LockOwner.process(i);
            waiting.add(start(() -> {
                file.locks().await(owner, LockType.WRITE, 3, 3, null);
                file.locks().set(owner, LockType.NONE, 3, 3);
                return null;
            }));
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (files.fileSystem.locks().waitingOutside() < waiting.size()) {
            assertThat(System.nanoTime()).as("all wait").isLessThan(end);
            Thread.onSpinWait();
        }
        assertThat(waiting).noneMatch(Future::isDone);
        assertThat(flock(FileCalls.LOCK_UN)).isZero();
        waiting.getFirst().get(30, TimeUnit.SECONDS);
        assertThat(range(LockCalls.F_UNLCK, 0, 0)).isZero();
        for (Future<?> each : waiting) {
            each.get(30, TimeUnit.SECONDS);
        }
        assertThat(range(LockCalls.F_WRLCK, 0, 0)).isZero();
    }

    private static Future<?> start(Callable<?> task) {
        FutureTask<?> future = new FutureTask<>(task);
        Thread.ofVirtual().start(future);
        return future;
    }
}
