package org.caisson.vfs;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells walks of a tree that an entry moved while they were under way (the kernel's {@code rename_lock}).
 *
 * <p>Movers hold the lock, from their checks on, and the number is odd while they change the tree. A walk that took no lock is right if the
 * number is the same before and after.
 */
final class RenameSequence {
    /** Moves in all trees, for walks that go through several. */
    private static final AtomicInteger MOVES = new AtomicInteger();

    private final ReentrantLock lock = new ReentrantLock();

    /** Written under the lock. */
    private volatile int number;

    /** How often something moved, in any tree. */
    static int moves() {
        return MOVES.get();
    }

    /** The number to compare with at the end of a walk. */
    int begin() {
        int seen = number;
        while ((seen & 1) != 0) {
            Thread.onSpinWait();
            seen = number;
        }
        return seen;
    }

    /** Whether something moved since, so that what was read meanwhile does not count. */
    boolean changedSince(int begun) {
        VarHandle.acquireFence();
        return number != begun;
    }

    /** Keeps movers out, for a walk that failed too often. */
    void lockForWalk() {
        lock.lock();
    }

    void unlockForWalk() {
        lock.unlock();
    }

    /**
     * Keeps other movers out, and walks in: from the checks of a rename, of which one asks whether a directory is above another, to
     * its move. The lock is reentrant.
     */
    void lockForRename() {
        lock.lock();
    }

    void unlockForRename() {
        lock.unlock();
    }

    void lockForMove() {
        lock.lock();
        MOVES.getAndIncrement();
        advance();
        VarHandle.fullFence();
    }

    void unlockForMove() {
        advance();
        lock.unlock();
    }

    private void advance() {
        int present = number;
        number = present + 1;
    }
}
