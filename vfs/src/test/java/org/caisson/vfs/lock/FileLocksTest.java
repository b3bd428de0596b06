package org.caisson.vfs.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.wait.Interruption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not compared with the kernel elsewhere: threads that wait, what interrupts them, limits, and the end of locks. */
@Timeout(60)
class FileLocksTest {
    private static final long END = LockInfo.END;

    private LockedFiles files;
    private FileDescription file;
    private FileDescription other;
    private final LockOwner alice = LockOwner.process(1);
    private final LockOwner bob = LockOwner.process(2);

    @BeforeEach
    void open() throws IOException {
        files = new LockedFiles("f", "g");
        file = files.open("f", OpenFlags.O_RDWR);
        other = files.open("f", OpenFlags.O_RDWR);
    }

    @AfterEach
    void close() throws IOException {
        file.release();
        other.release();
        assertThat(files.fileSystem.locks().size()).isZero();
        files.close();
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private Thread start(boolean virtual, ThrowingCallable task, CompletableFuture<String> outcome) {
        return (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(() -> {
            try {
                task.call();
                outcome.complete("done");
            } catch (ErrnoException e) {
                outcome.complete(e.errno().name());
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        });
    }

    private static String await(CompletableFuture<String> outcome) throws Exception {
        return outcome.get(30, TimeUnit.SECONDS);
    }

    /** Until so many requests wait. */
    private void awaitWaiting(int count) {
        while (files.fileSystem.locks().list().stream()
                        .filter(LockInfo::waiting)
                        .count()
                != count) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest(name = "virtual: {0}")
    @ValueSource(booleans = {false, true})
    void whoWaitsGetsTheLockWhenItIsGivenBack(boolean virtual) throws Exception {
        file.locks().set(alice, LockType.WRITE, 0, END);
        CompletableFuture<String> outcome = new CompletableFuture<>();
        start(virtual, () -> other.locks().await(bob, LockType.READ, 5, 9, null), outcome);
        awaitWaiting(1);
        file.locks().set(alice, LockType.NONE, 0, 4);
        assertThat(outcome).isNotDone();
        file.locks().set(alice, LockType.READ, 5, 6);
        file.locks().set(alice, LockType.NONE, 7, 100);
        assertThat(await(outcome)).isEqualTo("done");
        assertThat(file.locks().conflict(alice, LockType.WRITE, 0, END))
                .extracting(LockInfo::pid, LockInfo::start, LockInfo::end)
                .containsExactly(2, 5L, 9L);
    }

    @ParameterizedTest(name = "virtual: {0}")
    @ValueSource(booleans = {false, true})
    void interruptionEndsTheWaitAndTheLockGoesToOthers(boolean virtual) throws Exception {
        file.locks().set(alice, LockType.WRITE, 0, END);
        Interruption interruption = new Interruption();
        CompletableFuture<String> outcome = new CompletableFuture<>();
        start(virtual, () -> other.locks().await(bob, LockType.READ, 0, END, interruption), outcome);
        awaitWaiting(1);
        interruption.interrupt();
        assertThat(await(outcome)).isEqualTo("EINTR");
        CompletableFuture<String> second = new CompletableFuture<>();
        Thread thread = start(virtual, () -> other.locks().await(bob, LockType.READ, 0, END, null), second);
        awaitWaiting(1);
        thread.interrupt();
        assertThat(await(second)).isEqualTo("EINTR");
        awaitWaiting(0);
    }

    @Test
    void raisedInterruptionEndsOnlyWhatWouldWait() throws Exception {
        Interruption interruption = new Interruption();
        interruption.interrupt();
        file.locks().await(alice, LockType.WRITE, 0, 9, interruption);
        fails(Errno.EINTR, () -> other.locks().await(bob, LockType.WRITE, 0, 0, interruption));
        interruption.clear();
        other.locks().await(bob, LockType.WRITE, 10, 10, interruption);
    }

    @Test
    void flockWaitsAndIsInterrupted() throws Exception {
        file.locks().flock(LockType.WRITE, true, 1, null);
        Interruption interruption = new Interruption();
        CompletableFuture<String> outcome = new CompletableFuture<>();
        start(false, () -> other.locks().flock(LockType.READ, true, 2, interruption), outcome);
        awaitWaiting(1);
        interruption.interrupt();
        assertThat(await(outcome)).isEqualTo("EINTR");
        CompletableFuture<String> second = new CompletableFuture<>();
        start(false, () -> other.locks().flock(LockType.READ, true, 2, null), second);
        awaitWaiting(1);
        file.locks().flock(LockType.READ, false, 1, null);
        assertThat(await(second)).isEqualTo("done");
        fails(Errno.EAGAIN, () -> file.locks().flock(LockType.WRITE, false, 1, null));
        assertThat(files.fileSystem.locks().list()).as("the lock of the other").hasSize(1);
    }

    @Test
    void waitersAreServedInTheirOrder() throws Exception {
        file.locks().set(alice, LockType.WRITE, 0, END);
        List<String> order = new ArrayList<>();
        List<LockOwner> owners = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            LockOwner owner = LockOwner.process(i);
            String name = (i == 2 || i == 3 ? "reader " : "writer ") + i;
            LockType type = i == 2 || i == 3 ? LockType.READ : LockType.WRITE;
            other.locks()
                    .begin(
                            new LockRequest(owner, type, 0, 0) {
                                @Override
                                protected void completed(int outcome) {
                                    order.add(name + " " + outcome);
                                }
                            },
                            true);
            owners.add(owner);
        }
        file.locks().set(alice, LockType.NONE, 0, END);
        assertThat(order).containsExactly("writer 0 0");
        other.locks().set(owners.get(0), LockType.NONE, 0, END);
        other.locks().set(owners.get(1), LockType.NONE, 0, END);
        assertThat(order).containsExactly("writer 0 0", "writer 1 0", "reader 2 0", "reader 3 0");
        other.locks().set(owners.get(2), LockType.NONE, 0, END);
        other.locks().set(owners.get(3), LockType.NONE, 0, END);
        assertThat(order).last().isEqualTo("writer 4 0");
    }

    @Test
    void cancelledRequestIsNeitherToldNorGranted() throws Exception {
        file.locks().set(alice, LockType.WRITE, 0, END);
        AtomicInteger told = new AtomicInteger();
        LockRequest request = new LockRequest(bob, LockType.WRITE, 0, 0) {
            @Override
            protected void completed(int outcome) {
                told.incrementAndGet();
            }
        };
        assertThat(other.locks().begin(request, true)).isTrue();
        assertThat(other.locks().cancel(request)).isTrue();
        assertThat(other.locks().cancel(request)).isFalse();
        file.locks().set(alice, LockType.NONE, 0, END);
        assertThat(told).hasValue(0);
        assertThat(bob.holdsLocks()).isFalse();
    }

    @Test
    void deadlockAcrossFilesIsFound() throws Exception {
        try (FileDescription second = files.open("g", OpenFlags.O_RDWR)) {
            file.locks().set(alice, LockType.WRITE, 0, 0);
            second.locks().set(bob, LockType.WRITE, 0, 0);
            CompletableFuture<String> outcome = new CompletableFuture<>();
            start(false, () -> second.locks().await(alice, LockType.WRITE, 0, 0, null), outcome);
            awaitWaiting(1);
            fails(Errno.EDEADLK, () -> file.locks().await(bob, LockType.WRITE, 0, 0, null));
            second.locks().set(bob, LockType.NONE, 0, 0);
            assertThat(await(outcome)).isEqualTo("done");
        }
    }

    @Test
    void openFileIsNotToldOfADeadlock() throws Exception {
        LockOwner one = file.locks().owner();
        LockOwner two = other.locks().owner();
        file.locks().set(one, LockType.WRITE, 0, 0);
        other.locks().set(two, LockType.WRITE, 1, 1);
        CompletableFuture<String> outcome = new CompletableFuture<>();
        start(false, () -> file.locks().await(one, LockType.WRITE, 1, 1, null), outcome);
        awaitWaiting(1);
        Interruption interruption = new Interruption();
        interruption.interrupt();
        fails(Errno.EINTR, () -> other.locks().await(two, LockType.WRITE, 0, 0, interruption));
        other.locks().set(two, LockType.NONE, 1, 1);
        assertThat(await(outcome)).isEqualTo("done");
    }

    @Test
    void closingAnyDescriptionOfTheFileDropsTheOwnersLocks() throws ErrnoException {
        file.locks().set(alice, LockType.WRITE, 0, 9);
        file.locks().set(bob, LockType.WRITE, 10, 19);
        other.flush(alice);
        assertThat(files.fileSystem.locks().list()).extracting(LockInfo::pid).containsExactly(2);
        FileDescription duplicate = file.duplicate();
        duplicate.release();
        assertThat(bob.holdsLocks()).isTrue();
    }

    @Test
    void lastCloseDropsAllThatWasLockedThroughIt() throws ErrnoException {
        FileDescription third = files.open("f", OpenFlags.O_RDWR);
        third.locks().set(alice, LockType.WRITE, 0, 9);
        third.locks().set(third.locks().owner(), LockType.WRITE, 10, 19);
        third.locks().flock(LockType.WRITE, false, 1, null);
        file.locks().set(bob, LockType.WRITE, 20, 29);
        OpenFileLocks locks = third.locks();
        third.release();
        assertThat(files.fileSystem.locks().list()).extracting(LockInfo::pid).containsExactly(2);
        fails(Errno.EBADF, () -> locks.set(alice, LockType.READ, 0, 0));
    }

    @Test
    void lockNeedsTheModeOfTheDescription() throws ErrnoException {
        try (FileDescription reader = files.open("f", OpenFlags.O_RDONLY);
                FileDescription place = files.open("f", OpenFlags.O_PATH)) {
            fails(Errno.EBADF, () -> reader.locks().set(alice, LockType.WRITE, 0, 0));
            reader.locks().flock(LockType.WRITE, false, 1, null);
            fails(Errno.EBADF, place::locks);
        }
    }

    @Test
    void leasesAreRefused() {
        fails(Errno.EINVAL, () -> file.setLease(LockType.READ));
        assertThat(file.lease()).isEqualTo(LockType.NONE);
        fails(Errno.EINVAL, () -> file.notifyOfChanges(1));
    }

    @Test
    void ownerHasOnlySoManyLocks() throws ErrnoException {
        OpenFileLocks locks = file.locks();
        for (int i = 0; i < LockOwner.MOST_LOCKS; i++) {
            locks.set(alice, LockType.READ, 2L * i, 2L * i);
        }
        long beyond = 2L * LockOwner.MOST_LOCKS;
        fails(Errno.ENOLCK, () -> locks.set(alice, LockType.READ, beyond, beyond));
        locks.set(bob, LockType.READ, beyond, beyond);
        locks.set(alice, LockType.READ, 0, 2);
        locks.set(alice, LockType.READ, beyond, beyond);
        fails(Errno.ENOLCK, () -> locks.set(alice, LockType.NONE, 1, 1));
    }

    /** Two counters in plain memory, each changed only by who has its lock. */
    @Test
    void locksExclude() throws Exception {
        int[] counters = new int[2];
        int threads = 8;
        int rounds = 500;
        CountDownLatch ended = new CountDownLatch(threads);
        List<CompletableFuture<String>> outcomes = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            LockOwner owner = LockOwner.process(i);
            CompletableFuture<String> outcome = new CompletableFuture<>();
            outcomes.add(outcome);
            int which = i % 2;
            start(
                    i % 4 < 2,
                    () -> {
                        OpenFileLocks locks = (which == 0 ? file : other).locks();
                        for (int round = 0; round < rounds; round++) {
                            int at = (round + which) % 2;
                            locks.await(owner, LockType.WRITE, at, at, null);
                            counters[at]++;
                            locks.set(owner, LockType.NONE, 0, END);
                        }
                        ended.countDown();
                    },
                    outcome);
        }
        for (CompletableFuture<String> outcome : outcomes) {
            assertThat(await(outcome)).isEqualTo("done");
        }
        assertThat(counters).containsExactly(threads * rounds / 2, threads * rounds / 2);
    }
}
