package org.caisson.vfs.lock;

import org.jspecify.annotations.Nullable;

/**
 * A lock that is asked for, and the answer to a request that waits. One object is one request: it is used once, with
 * {@link OpenFileLocks#begin}.
 */
public abstract class LockRequest {
    final LockOwner owner;
    final LockKind kind;
    final LockType type;
    final int pid;
    final long start;
    final long end;

    /** By what open file it was asked for. Guarded by the monitor of the table. */
    @Nullable
    OpenFileLocks through;

    /** What it waits for. Written under the monitors of the table and of {@link WaitGraph}, read under one of them. */
    @Nullable
    HeldLock blocker;

    /** The next older waiting request of the owner. Guarded by the monitor of {@link WaitGraph}. */
    @Nullable
    LockRequest olderOfOwner;

    /** A list of requests that have come to their end, of one thread. */
    @Nullable
    LockRequest nextCompleted;

    int outcome;

    /**
     * A lock of a range, fcntl(2).
     *
     * @param owner a process, or the owner of the open file for F_OFD_SETLK
     * @param start the first byte, not negative
     * @param end the last byte, not before the first; {@link LockInfo#END} for all there ever is
     */
    protected LockRequest(LockOwner owner, LockType type, long start, long end) {
        this(owner, owner.isOpenFile() ? LockKind.OPEN_FILE : LockKind.POSIX, type, owner.pid(), start, end);
    }

    /**
     * A lock of a file as a whole by flock(2).
     *
     * @param pid who asks, as {@code /proc/locks} is to tell
     */
    protected LockRequest(OpenFileLocks file, LockType type, int pid) {
        this(file.owner(), LockKind.FLOCK, type, pid, 0, LockInfo.END);
    }

    private LockRequest(LockOwner owner, LockKind kind, LockType type, int pid, long start, long end) {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("not a range: " + start + " to " + end);
        }
        this.owner = owner;
        this.kind = kind;
        this.type = type;
        this.pid = pid;
        this.start = start;
        this.end = end;
    }

    /**
     * A request that waited has come to its end. Called once, by the thread that brought that about, without locks; not called for one
     * that did not have to wait or was cancelled.
     *
     * @param outcome 0 if the lock is held now, else a negated errno: EDEADLK, ENOLCK, or EBADF if the open file was closed
     */
    protected abstract void completed(int outcome);

    boolean conflictsWith(HeldLock lock) {
        return lock.owner != owner && type.conflictsWith(lock.type) && lock.overlaps(start, end);
    }
}
