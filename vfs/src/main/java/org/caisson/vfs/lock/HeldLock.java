package org.caisson.vfs.lock;

/** A lock on a file. Guarded by the monitor of the {@link LockTable}; what waits for it refers to it. */
final class HeldLock {
    final LockOwner owner;
    final LockKind kind;
    final LockType type;
    final int pid;

    /** The first and the last byte. */
    long start;

    long end;

    /** It does not stand as it was any more: who waits for it is to try again. */
    boolean gone;

    HeldLock(LockOwner owner, LockKind kind, LockType type, int pid, long start, long end) {
        this.owner = owner;
        this.kind = kind;
        this.type = type;
        this.pid = pid;
        this.start = start;
        this.end = end;
    }

    boolean overlaps(long from, long to) {
        return start <= to && from <= end;
    }
}
