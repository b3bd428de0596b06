package org.caisson.vfs.lock;

import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom, over all file systems: {@code posix_locks_deadlock} of {@code fs/locks.c}. As there, waiting for the lock of an
 * open file counts as no edge, an open file itself is never told of a deadlock, and very long cycles are not found.
 */
final class WaitGraph {
    /** MAX_DEADLK_ITERATIONS */
    private static final int MOST_STEPS = 10;

    /** Guards what is said to be guarded by this class. */
    private static final Object LOCK = new Object();

    private WaitGraph() {}

    /** Has a request wait for a lock from now on; false if nobody would ever give it back. */
    static boolean await(LockRequest request, HeldLock blocker) {
        synchronized (LOCK) {
            leaveLocked(request);
            if (closesCycle(request, blocker)) {
                return false;
            }
            request.blocker = blocker;
            request.olderOfOwner = request.owner.waiting;
            request.owner.waiting = request;
            return true;
        }
    }

    /** Takes a request out that waits no more. */
    static void leave(LockRequest request) {
        synchronized (LOCK) {
            leaveLocked(request);
        }
    }

    private static void leaveLocked(LockRequest request) {
        if (request.blocker == null) {
            return;
        }
        request.blocker = null;
        LockOwner owner = request.owner;
        LockRequest before = null;
        for (LockRequest each = owner.waiting; each != request; each = each.olderOfOwner) {
            before = each;
            if (each == null) {
                throw new AssertionError("a waiting request is missing from its owner");
            }
        }
        if (before == null) {
            owner.waiting = request.olderOfOwner;
        } else {
            before.olderOfOwner = request.olderOfOwner;
        }
        request.olderOfOwner = null;
    }

    private static boolean closesCycle(LockRequest request, HeldLock blocker) {
        if (request.kind != LockKind.POSIX) {
            return false;
        }
        int steps = 0;
        for (HeldLock lock = blockerOf(blocker.owner); lock != null; lock = blockerOf(lock.owner)) {
            if (steps++ > MOST_STEPS) {
                return false;
            }
            if (lock.owner == request.owner) {
                return true;
            }
        }
        return false;
    }

    /** What an owner waits for, in the request that began last if there are several. */
    private static @Nullable HeldLock blockerOf(LockOwner owner) {
        for (LockRequest each = owner.waiting; each != null; each = each.olderOfOwner) {
            HeldLock blocker = each.blocker;
            if (blocker != null && blocker.kind == LockKind.POSIX) {
                return blocker;
            }
        }
        return null;
    }
}
