package org.caisson.vfs.lock;

import org.jspecify.annotations.Nullable;

/**
 * Where the locks of an open file are held as well, so that those hold to them who do not come through the {@link LockTable}: a file of the
 * host. Nothing here waits; outcomes are 0, EAGAIN if somebody else there has a lock in the way, or another errno, negated. Called under
 * the table's monitor.
 */
public interface OuterLocks {
    /** flock(2) of the open file: a type that it has not. */
    int flock(LockType type);

    /**
     * Locks of ranges for one owner, which has none there yet.
     *
     * @param writing whether there are to be write locks
     * @return null if there cannot be any: ENOLCK
     */
    @Nullable
    OuterRanges ranges(boolean writing);
}
