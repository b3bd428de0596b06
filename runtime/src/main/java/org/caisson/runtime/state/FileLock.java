package org.caisson.runtime.state;

import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/** A held flock(2) on a file: between processes, and between threads too. Closing gives it back, as does the process's death. */
public final class FileLock implements AutoCloseable {
    private final OwnedFd file;

    private FileLock(OwnedFd file) {
        this.file = file;
    }

    /** Takes over a descriptor that holds a lock already. */
    public static FileLock held(OwnedFd file) {
        return new FileLock(file);
    }

    /** Waits for the lock; makes the file if it is not there. */
    public static FileLock take(String path) throws ErrnoException {
        OwnedFd file = open(path);
        try {
            FileCalls.flock(file.number(), FileCalls.LOCK_EX);
        } catch (ErrnoException e) {
            file.close();
            throw e;
        }
        return new FileLock(file);
    }

    /** The lock, or null if another holds it. */
    public static @Nullable FileLock tryTake(String path) throws ErrnoException {
        OwnedFd file = open(path);
        try {
            FileCalls.flock(file.number(), FileCalls.LOCK_EX | FileCalls.LOCK_NB);
        } catch (ErrnoException e) {
            file.close();
            if (e.errno() == Errno.EAGAIN) {
                return null;
            }
            throw e;
        }
        return new FileLock(file);
    }

    private static OwnedFd open(String path) throws ErrnoException {
        return FileCalls.openat(
                AtFlags.AT_FDCWD,
                path,
                OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_CLOEXEC | OpenFlags.O_NOFOLLOW,
                0600);
    }

    /** The locked file; a process that inherits it shares the lock. */
    public OwnedFd file() {
        return file;
    }

    @Override
    public void close() {
        file.close();
    }
}
