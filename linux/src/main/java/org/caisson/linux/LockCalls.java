package org.caisson.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/** Locks of open files, fcntl(2) F_OFD_SETLK and flock(2), none of which waits here. Outcomes are 0 or a negated errno. */
public final class LockCalls {
    /** Types of {@code struct flock}. */
    public static final int F_RDLCK = 0;

    public static final int F_WRLCK = 1;
    public static final int F_UNLCK = 2;

    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;

    private static final int FLOCK_SIZE = 32;
    private static final int TYPE_AT = 0;
    private static final int START_AT = 8;
    private static final int LENGTH_AT = 16;
    private static final int PID_AT = 24;

    private LockCalls() {}

    /**
     * A lock that is in the way.
     *
     * @param type one of {@link #F_RDLCK} and {@link #F_WRLCK}
     * @param length 0 for all there ever is from the start on
     * @param pid who has it; -1 for an open file, 0 for a process that this one cannot see
     */
    public record Lock(int type, long start, long length, int pid) {}

    /** flock(2) with an operation of {@link FileCalls}, to which LOCK_NB is added. */
    public static int flock(int fd, int operation) {
        return (int) Syscalls.call(SyscallNumbers.FLOCK, fd, operation | FileCalls.LOCK_NB);
    }

    /**
     * F_OFD_SETLK.
     *
     * @param length 0 for all there ever is from the start on
     */
    public static int set(int fd, int type, long start, long length) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment lock = lock(scratch, type, start, length);
            return (int) Syscalls.call(SyscallNumbers.FCNTL, fd, F_OFD_SETLK, lock.address());
        }
    }

    /** F_OFD_GETLK: what keeps the open file from getting a lock; of type {@link #F_UNLCK} if nothing does. */
    public static Lock get(int fd, int type, long start, long length) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment lock = lock(scratch, type, start, length);
            Syscalls.check(Syscalls.call(SyscallNumbers.FCNTL, fd, F_OFD_GETLK, lock.address()), "fcntl");
            return new Lock(
                    lock.get(JAVA_SHORT, TYPE_AT),
                    lock.get(JAVA_LONG, START_AT),
                    lock.get(JAVA_LONG, LENGTH_AT),
                    lock.get(JAVA_INT, PID_AT));
        }
    }

    private static MemorySegment lock(Scratch scratch, int type, long start, long length) {
        MemorySegment lock = scratch.allocate(FLOCK_SIZE);
        lock.set(JAVA_SHORT, TYPE_AT, (short) type);
        lock.set(JAVA_LONG, START_AT, start);
        lock.set(JAVA_LONG, LENGTH_AT, length);
        return lock;
    }
}
