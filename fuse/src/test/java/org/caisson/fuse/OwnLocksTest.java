package org.caisson.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FdLeakCheck;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.lock.LockInfo;
import org.caisson.vfs.lock.LockOwner;
import org.caisson.vfs.lock.LockType;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Locks that processes take through a mount are those of the tree: processes and Java meet each other's. */
@ExtendWith(FdLeakCheck.class)
@Timeout(60)
class OwnLocksTest {
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int UNLOCK = 2;
    private static final int SHARED = 1;
    private static final int EXCLUSIVE = 2;
    private static final int NOT_WAITING = 4;

    @TempDir
    static Path programs;

    private static Path program;

    private final MappedPageStore store = MappedPageStore.anonymous();
    private final MemFileSystem fileSystem = new MemFileSystem(MemOptions.DEFAULT, store);
    private final LockOwner java =
            LockOwner.process((int) ProcessHandle.current().pid());
    private MountedTree tree;
    private FileDescription file;

    @BeforeAll
    static void compile() throws Exception {
        program = Locker.compile(programs);
    }

    @BeforeEach
    void mount() throws IOException {
        tree = MountedTree.of(fileSystem, server -> server.ownLocks(true).threads(1));
        PathOperation where =
                new PathOperation().root(tree.root()).start(tree.root()).path("file");
        file = tree.vfs.open(Credentials.root(), where, new OpenOptions(OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0666));
    }

    @AfterEach
    void unmount() throws Exception {
        file.flush(java);
        file.release();
        Deadline.await("all locks are gone", () -> fileSystem.locks().size() == 0);
        assertThat(tree.server.tree().lockOwners.size()).isZero();
        tree.close();
        store.close();
    }

    private Locker locker() throws IOException {
        return Locker.start(program, tree.at("file"));
    }

    private void awaitWaiting(int count) throws Exception {
        Deadline.await(count + " wait", () -> waiting() == count);
    }

    private long waiting() {
        return fileSystem.locks().list().stream().filter(LockInfo::waiting).count();
    }

    private static void fails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    @Test
    void locksOfTwoProcessesConflict() throws Exception {
        try (Locker one = locker();
                Locker two = locker()) {
            assertThat(one.tell("set " + WRITE + " 0 10")).isEqualTo("done");
            assertThat(two.tell("set " + READ + " 9 1")).isEqualTo("EAGAIN");
            assertThat(two.tell("get " + READ + " 5 0")).isEqualTo("write 0+10 of " + one.pid());
            assertThat(two.tell("set " + READ + " 10 0")).isEqualTo("done");
            assertThat(one.tell("get " + WRITE + " 10 1")).isEqualTo("read 10+0 of " + two.pid());
            assertThat(one.tell("set " + UNLOCK + " 0 5")).isEqualTo("done");
            assertThat(two.tell("get " + WRITE + " 0 5")).isEqualTo("free");
            assertThat(two.tell("ofd " + WRITE + " 5 1")).isEqualTo("EAGAIN");
        }
    }

    @Test
    void waitingProcessGetsTheLockAndIsInterruptedByASignal() throws Exception {
        try (Locker one = locker();
                Locker two = locker()) {
            one.tell("set " + WRITE + " 0 0");
            CompletableFuture<String> waits = two.begin("wait " + WRITE + " 3 4");
            awaitWaiting(1);
            two.signal();
            assertThat(waits.get(10, TimeUnit.SECONDS)).isEqualTo("EINTR");
            assertThat(waiting()).isZero();
            waits = two.begin("wait " + WRITE + " 3 4");
            awaitWaiting(1);
            one.tell("set " + UNLOCK + " 0 0");
            assertThat(waits.get(10, TimeUnit.SECONDS)).isEqualTo("done");
            assertThat(one.tell("get " + WRITE + " 0 0")).isEqualTo("write 3+4 of " + two.pid());
        }
    }

    @Test
    void killedProcessesLeaveNoLocksAndDoNotWait() throws Exception {
        try (Locker one = locker();
                Locker two = locker();
                Locker three = locker()) {
            one.tell("set " + WRITE + " 0 0");
            one.tell("flock " + EXCLUSIVE + " 0 0");
            CompletableFuture<String> second = two.begin("wait " + READ + " 0 0");
            awaitWaiting(1);
            CompletableFuture<String> third = three.begin("wait " + WRITE + " 0 0");
            awaitWaiting(2);
            two.kill();
            assertThat(second.get(10, TimeUnit.SECONDS)).isNull();
            awaitWaiting(1);
            one.kill();
            assertThat(third.get(10, TimeUnit.SECONDS)).isEqualTo("done");
            assertThat(three.tell("flock " + SHARED + " 0 0")).isEqualTo("done");
        }
    }

    @Test
    void flockConflictsWaitsAndIsInterrupted() throws Exception {
        try (Locker one = locker();
                Locker two = locker()) {
            assertThat(one.tell("flock " + EXCLUSIVE + " 0 0")).isEqualTo("done");
            assertThat(two.tell("flock " + (SHARED | NOT_WAITING) + " 0 0")).isEqualTo("EAGAIN");
            assertThat(two.tell("set " + WRITE + " 0 0")).as("another kind").isEqualTo("done");
            CompletableFuture<String> waits = two.begin("flock " + SHARED + " 0 0");
            awaitWaiting(1);
            two.signal();
            assertThat(waits.get(10, TimeUnit.SECONDS)).isEqualTo("EINTR");
            waits = two.begin("flock " + SHARED + " 0 0");
            awaitWaiting(1);
            one.tell("close 0 0 0");
            assertThat(waits.get(10, TimeUnit.SECONDS)).isEqualTo("done");
            assertThat(one.tell("flock " + (SHARED | NOT_WAITING) + " 0 0")).isEqualTo("done");
            assertThat(one.tell("flock " + (EXCLUSIVE | NOT_WAITING) + " 0 0")).isEqualTo("EAGAIN");
        }
    }

    @Test
    void closingTheFileOnceMoreDropsTheLocksOfTheProcess() throws Exception {
        try (Locker one = locker();
                Locker two = locker()) {
            one.tell("set " + WRITE + " 0 0");
            one.tell("reopen 0 0 0");
            assertThat(two.tell("set " + WRITE + " 0 0")).isEqualTo("done");
            assertThat(two.tell("set " + UNLOCK + " 0 0")).isEqualTo("done");
            assertThat(one.tell("ofd " + WRITE + " 0 0")).isEqualTo("done");
            one.tell("reopen 0 0 0");
            assertThat(two.tell("set " + WRITE + " 0 0")).isEqualTo("EAGAIN");
            CompletableFuture<String> waits = two.begin("wait " + WRITE + " 0 0");
            awaitWaiting(1);
            one.tell("close 0 0 0");
            assertThat(waits.get(10, TimeUnit.SECONDS)).isEqualTo("done");
        }
    }

    @Test
    void deadlockIsFoundAcrossTheMountAndJava() throws Exception {
        try (Locker one = locker()) {
            one.tell("set " + WRITE + " 0 1");
            file.locks().set(java, LockType.WRITE, 1, 1);
            CompletableFuture<String> waits = one.begin("wait " + WRITE + " 1 1");
            awaitWaiting(1);
            fails(Errno.EDEADLK, () -> file.locks().await(java, LockType.WRITE, 0, 0, null));
            file.locks().set(java, LockType.NONE, 1, 1);
            assertThat(waits.get(10, TimeUnit.SECONDS)).isEqualTo("done");
        }
    }

    @Test
    void processesAndJavaSeeEachOthersLocks() throws Exception {
        try (Locker one = locker()) {
            file.locks().set(java, LockType.READ, 0, 9);
            assertThat(one.tell("set " + WRITE + " 0 1")).isEqualTo("EAGAIN");
            assertThat(one.tell("get " + WRITE + " 0 0"))
                    .isEqualTo("read 0+10 of " + ProcessHandle.current().pid());
            assertThat(one.tell("set " + WRITE + " 20 5")).isEqualTo("done");
            assertThat(file.locks().conflict(java, LockType.READ, 0, LockInfo.END))
                    .extracting(LockInfo::pid, LockInfo::start, LockInfo::end)
                    .containsExactly((int) one.pid(), 20L, 24L);
            file.locks().flock(LockType.READ, false, 0, null);
            assertThat(one.tell("flock " + (EXCLUSIVE | NOT_WAITING) + " 0 0")).isEqualTo("EAGAIN");
            CompletableFuture<String> waits = one.begin("flock " + EXCLUSIVE + " 0 0");
            awaitWaiting(1);
            file.locks().flock(LockType.NONE, false, 0, null);
            assertThat(waits.get(10, TimeUnit.SECONDS)).isEqualTo("done");
            fails(Errno.EAGAIN, () -> file.locks().flock(LockType.READ, false, 0, null));
        }
    }

    /** The server has one thread, and yet more processes wait than it could have threads. */
    @Test
    void manyWaitAndTheUnlockingIsServedAllTheSame() throws Exception {
        List<Locker> lockers = new ArrayList<>();
        List<CompletableFuture<String>> waits = new ArrayList<>();
        try (Locker holder = locker()) {
            holder.tell("set " + WRITE + " 0 0");
            for (int i = 0; i < 20; i++) {
                Locker locker = locker();
                lockers.add(locker);
                waits.add(locker.begin("wait " + READ + " 0 0"));
            }
            awaitWaiting(20);
            holder.tell("set " + UNLOCK + " 0 0");
            for (CompletableFuture<String> each : waits) {
                assertThat(each.get(10, TimeUnit.SECONDS)).isEqualTo("done");
            }
        } finally {
            for (Locker locker : lockers) {
                locker.close();
            }
        }
    }

    @Test
    void whoWaitsWhenTheServerEndsGetsAnError() throws Exception {
        try (Locker one = locker()) {
            file.locks().set(java, LockType.WRITE, 0, LockInfo.END);
            CompletableFuture<String> waits = one.begin("wait " + WRITE + " 0 0");
            awaitWaiting(1);
            tree.server.close();
            assertThat(waits.get(10, TimeUnit.SECONDS)).isIn("ECONNABORTED", "ENOTCONN");
        }
    }
}
