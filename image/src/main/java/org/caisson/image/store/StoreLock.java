package org.caisson.image.store;

import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Statx;
import org.jspecify.annotations.Nullable;

/** A held flock(2) on a file: between processes and between threads; it ends with the process. */
final class StoreLock implements AutoCloseable {
    private static final long POLL_MILLIS = 20;

    private final OwnedFd file;

    private StoreLock(OwnedFd file) {
        this.file = file;
    }

    /** Waits until nobody else has it; can be interrupted. */
    static StoreLock take(Path path) throws ErrnoException, InterruptedIOException {
        return wait(path, FileCalls.LOCK_EX);
    }

    /** Waits until nobody has it alone; can be interrupted. */
    static StoreLock share(Path path) throws ErrnoException, InterruptedIOException {
        return wait(path, FileCalls.LOCK_SH);
    }

    /** Null if somebody has it. */
    static @Nullable StoreLock tryTake(Path path) throws ErrnoException {
        return attempt(path, FileCalls.LOCK_EX, OpenFlags.O_CREAT);
    }

    /** The same, but a file that is not there (ENOENT) is not made. */
    static @Nullable StoreLock tryTakeExisting(Path path) throws ErrnoException {
        return attempt(path, FileCalls.LOCK_EX, 0);
    }

    private static StoreLock wait(Path path, int kind) throws ErrnoException, InterruptedIOException {
        while (true) {
            StoreLock lock = attempt(path, kind, OpenFlags.O_CREAT);
            if (lock != null) {
                return lock;
            }
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while another uses " + path);
            }
        }
    }

    private static @Nullable StoreLock attempt(Path path, int kind, int creation) throws ErrnoException {
        int flags = OpenFlags.O_RDWR | creation | OpenFlags.O_CLOEXEC | OpenFlags.O_NOFOLLOW;
        OwnedFd file = FileCalls.openat(AtFlags.AT_FDCWD, path.toString(), flags, 0600);
        try {
            FileCalls.flock(file.number(), kind | FileCalls.LOCK_NB);
            if (hasName(file)) {
                return new StoreLock(file);
            }
            file.close();
            return null;
        } catch (ErrnoException e) {
            file.close();
            if (e.errno() == Errno.EAGAIN) {
                return null;
            }
            throw e;
        }
    }

    /** A lock file that was removed after we opened it locks nothing any more. */
    private static boolean hasName(OwnedFd file) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            Statx its = Statx.allocate(arena);
            FileCalls.statx(file.number(), its);
            return its.links() > 0;
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
