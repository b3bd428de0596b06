package org.caisson.vfs.lock;

/**
 * A lock as others see it: the answer of F_GETLK, and a line of {@code /proc/locks}.
 *
 * @param kind what kind of lock
 * @param type read or write
 * @param pid the process that holds it or, for {@link LockKind#FLOCK}, that asked for it; -1 for {@link LockKind#OPEN_FILE}
 * @param start the first byte
 * @param end the last byte, {@link Long#MAX_VALUE} for the end of the file wherever it is
 * @param file what the {@link OpenFileLocks} that was used first on this file said that it is
 * @param waiting whether it is not held but waited for
 */
public record LockInfo(LockKind kind, LockType type, int pid, long start, long end, Object file, boolean waiting) {
    /** To the end of the file, wherever it is. */
    public static final long END = Long.MAX_VALUE;

    static LockInfo of(HeldLock lock, Object file) {
        return new LockInfo(lock.kind, lock.type, lock.pid, lock.start, lock.end, file, false);
    }

    static LockInfo of(LockRequest request, Object file) {
        return new LockInfo(request.kind, request.type, request.pid, request.start, request.end, file, true);
    }

    /**
     * The line of {@code /proc/locks}, with its newline ({@code lock_get_status} of {@code fs/locks.c}). Who waits stands beneath whom
     * it waits for, with the same number.
     */
    public String line(int number, int major, int minor, long inode) {
        String name = switch (kind) {
            case POSIX -> "POSIX ";
            case OPEN_FILE -> "OFDLCK";
            case FLOCK -> "FLOCK ";
        };
        String range = start + " " + (end == END ? "EOF" : Long.toString(end));
        return String.format(
                "%d: %s%s ADVISORY  %s %d %02x:%02x:%d %s%n",
                number, waiting ? "-> " : "", name, type.word(), pid, major, minor, inode, range);
    }
}
