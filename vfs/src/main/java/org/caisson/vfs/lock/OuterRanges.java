package org.caisson.vfs.lock;

import org.jspecify.annotations.Nullable;

/** The ranges of a file that one owner has locked outside, see {@link OuterLocks}. */
public interface OuterRanges extends AutoCloseable {
    /** Whether write locks can be taken. */
    boolean mayWrite();

    /** Makes a range be of a type, at once. */
    int set(LockType type, long start, long end);

    /** What of others keeps the owner from getting a lock; null if nothing does. */
    @Nullable
    LockInfo conflict(LockType type, long start, long end, Object file);

    /** Gives all back. */
    @Override
    void close();
}
