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
        return wait(open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT));
    }

    /** Waits for the lock of a file that must be there: ENOENT if it is not. */
    public static FileLock takeExisting(String path) throws ErrnoException {
        return wait(open(path, OpenFlags.O_RDWR));
    }

    /** The lock, or null if another holds it; makes the file if it is not there. */
    public static @Nullable FileLock tryTake(String path) throws ErrnoException {
        return attempt(open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT), FileCalls.LOCK_EX);
    }

    /** The lock of a file that must be there: ENOENT if it is not. Null if another holds it. */
    public static @Nullable FileLock tryTakeExisting(String path) throws ErrnoException {
        return attempt(open(path, OpenFlags.O_RDWR), FileCalls.LOCK_EX);
    }

    /** A lock that others may share, but nobody may have alone; null if somebody has. */
    public static @Nullable FileLock tryShare(String path) throws ErrnoException {
        return attempt(open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT), FileCalls.LOCK_SH);
    }

    /** The lock of a directory that must be there (ENOENT, ENOTDIR); null if another holds it. */
    public static @Nullable FileLock tryTakeDirectory(String path) throws ErrnoException {
        return attempt(open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY), FileCalls.LOCK_EX);
    }

    private static FileLock wait(OwnedFd file) throws ErrnoException {
        try {
            FileCalls.flock(file.number(), FileCalls.LOCK_EX);
        } catch (ErrnoException e) {
            file.close();
            throw e;
        }
        return new FileLock(file);
    }

    private static @Nullable FileLock attempt(OwnedFd file, int kind) throws ErrnoException {
        try {
            FileCalls.flock(file.number(), kind | FileCalls.LOCK_NB);
        } catch (ErrnoException e) {
            file.close();
            if (e.errno() == Errno.EAGAIN) {
                return null;
            }
            throw e;
        }
        return new FileLock(file);
    }

    private static OwnedFd open(String path, int flags) throws ErrnoException {
        return FileCalls.openat(
                AtFlags.AT_FDCWD,
                path,
                flags | OpenFlags.O_CLOEXEC | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK,
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
