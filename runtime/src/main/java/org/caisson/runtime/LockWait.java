package org.caisson.runtime;

import java.io.IOException;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.runtime.stage.Interruption;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.jspecify.annotations.Nullable;

/**
 * The waiting for the lock of all containers by somebody who may give up. flock(2) cannot be polled, so a thread of its own
 * waits; one that was given up gives the lock back when it comes.
 *
 * <p>Lock: its own monitor, held over the hand-over.
 */
final class LockWait {
    private static final int EFD_CLOEXEC = 0x80000;

    private final StateDirectory states;
    private final OwnedFd done;
    private @Nullable FileLock lock;
    private @Nullable IOException failure;
    private boolean givenUp;

    private LockWait(StateDirectory states) throws ErrnoException {
        this.states = states;
        this.done = FileCalls.eventfd(0, EFD_CLOEXEC);
    }

    /** The lock; without a thread if it is free. */
    static FileLock take(StateDirectory states, @Nullable Interruption by) throws IOException {
        if (by == null) {
            return states.lock();
        }
        FileLock free = states.tryLock();
        return free == null ? new LockWait(states).await(by) : free;
    }

    private FileLock await(Interruption by) throws IOException {
        Thread.ofPlatform().daemon().name("caisson-lock").start(this::queue);
        try (Scratch scratch = Scratch.open()) {
            var polled = scratch.allocate(16);
            FileCalls.setPollEntry(polled, 0, done.number(), FileCalls.POLLIN);
            FileCalls.setPollEntry(polled, 1, by.descriptor(), FileCalls.POLLIN);
            do {
                FileCalls.poll(polled, 2, -1);
                if (FileCalls.pollResult(polled, 1) != 0 && by.givenUp()) {
                    giveUp();
                    throw new ContainerException("interrupted while another command worked on the containers");
                }
            } while (FileCalls.pollResult(polled, 0) == 0);
        }
        return taken();
    }

    private synchronized FileLock taken() throws IOException {
        done.close();
        FileLock taken = lock;
        if (taken == null) {
            throw failure == null ? new ContainerException("the lock of all containers was not taken") : failure;
        }
        return taken;
    }

    private synchronized void giveUp() {
        givenUp = true;
        if (lock != null) {
            lock.close();
        }
    }

    private void queue() {
        try {
            handOver(states.lock());
        } catch (IOException e) {
            fail(e);
        }
    }

    private synchronized void handOver(FileLock taken) throws IOException {
        if (givenUp) {
            taken.close();
            done.close();
            return;
        }
        lock = taken;
        wake();
    }

    private synchronized void fail(IOException e) {
        failure = e;
        try {
            wake();
        } catch (ErrnoException untold) {
            e.addSuppressed(untold);
        }
    }

    private void wake() throws ErrnoException {
        FileCalls.writeFully(done.number(), new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
    }
}
