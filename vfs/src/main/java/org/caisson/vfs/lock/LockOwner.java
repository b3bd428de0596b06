package org.caisson.vfs.lock;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Whose locks never conflict with one another. For POSIX locks that is what shares a table of descriptors (the kernel's
 * {@code files_struct}), mostly a process; an open file is the owner of its own locks, see {@link OpenFileLocks#owner}.
 */
public final class LockOwner {
    /** How many ranges one owner may have locked, in all files together; more is ENOLCK. */
    public static final int MOST_LOCKS = 1 << 16;

    private final int pid;
    private final boolean openFile;

    /** Ranges locked. Changed under the monitors of several tables. */
    private final AtomicInteger held = new AtomicInteger();

    /** The request of this owner that began to wait last, with the others behind it. Guarded by the monitor of {@link WaitGraph}. */
    @Nullable
    LockRequest waiting;

    private LockOwner(int pid, boolean openFile) {
        this.pid = pid;
        this.openFile = openFile;
    }

    /** A new owner: a process. */
    public static LockOwner process(int pid) {
        return new LockOwner(pid, false);
    }

    static LockOwner openFile() {
        return new LockOwner(-1, true);
    }

    /** What F_GETLK gives as {@code l_pid}: -1 for an open file. */
    public int pid() {
        return pid;
    }

    boolean isOpenFile() {
        return openFile;
    }

    /** Whether it has range locks now, on any file. */
    public boolean holdsLocks() {
        return held.get() != 0;
    }

    boolean mayHold(int more) {
        return held.get() + more <= MOST_LOCKS;
    }

    void count(int change) {
        held.getAndAdd(change);
    }
}
