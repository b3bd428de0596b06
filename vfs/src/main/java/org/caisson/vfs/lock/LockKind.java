package org.caisson.vfs.lock;

/** Which locks know of each other: those of fcntl(2), and those of flock(2). */
public enum LockKind {
    /** Of a range, belonging to a process. */
    POSIX,
    /** Of a range, belonging to an open file; conflicts with {@link #POSIX} as these do among themselves. */
    OPEN_FILE,
    /** Of a file as a whole, belonging to an open file. */
    FLOCK;

    boolean isOfRange() {
        return this != FLOCK;
    }
}
