package org.caisson.vfs.lock;

import java.util.HashSet;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.wait.Interruption;
import org.caisson.vfs.wait.Sleeper;
import org.jspecify.annotations.Nullable;

/**
 * What an open file can do with locks: the locks that are made through it, those that belong to itself (F_OFD_SETLK, flock(2)), and
 * their end when it is closed. Safe for any thread.
 *
 * <p>Ranges are given by their first and last byte; {@link LockInfo#END} as the last one is {@code l_len} 0. A caller of fcntl(2) has
 * normalised {@code l_whence} and a negative {@code l_len} before.
 */
public final class OpenFileLocks {
    private final LockTable table;
    private final Object file;
    private final Object place;
    private final boolean readable;
    private final boolean writable;
    private final @Nullable OuterLocks outer;
    private final LockOwner owner = LockOwner.openFile();

    // Guarded by the monitor of the table.
    /** Who made range locks through it. When it is closed for the last time none of them can have a lock on the file. */
    private final Set<LockOwner> users = new HashSet<>(2);

    private boolean closed;

    /**
     * For an open file that has no locks yet.
     *
     * @param file what stands for the file, the same object for all that are open on it
     * @param place what the file is to be called in {@link LockInfo}
     * @param readable whether it was opened for reading, without which there are no read locks
     * @param writable whether it was opened for writing, without which there are no write locks
     * @param outer where its locks are held as well; null for nowhere
     */
    public OpenFileLocks(
            LockTable table,
            Object file,
            Object place,
            boolean readable,
            boolean writable,
            @Nullable OuterLocks outer) {
        this.outer = outer;
        this.table = table;
        this.file = file;
        this.place = place;
        this.readable = readable;
        this.writable = writable;
    }

    /** The open file itself as an owner, for F_OFD_SETLK and F_OFD_GETLK. */
    public LockOwner owner() {
        return owner;
    }

    /**
     * F_SETLK, and F_OFD_SETLK with {@link #owner}. EAGAIN if another owner has a lock in the way, EBADF if the file is not open for
     * what is asked, ENOLCK beyond {@link LockOwner#MOST_LOCKS}.
     */
    public void set(LockOwner forWhom, LockType type, long start, long end) throws ErrnoException {
        requireMode(type);
        check(table.request(new BlockingRequest(forWhom, type, start, end), this, false));
    }

    /** F_SETLKW, and F_OFD_SETLKW with {@link #owner}: waits. EINTR if interrupted, EDEADLK if that would be for ever. */
    public void await(LockOwner forWhom, LockType type, long start, long end, @Nullable Interruption interruption)
            throws ErrnoException {
        requireMode(type);
        await(new BlockingRequest(forWhom, type, start, end), interruption);
    }

    /**
     * F_GETLK, and F_OFD_GETLK with {@link #owner}: the first lock that keeps the owner from getting one, null if none does. Type NONE,
     * which F_GETLK refuses and F_OFD_GETLK takes, asks for the first lock of the owner itself.
     */
    public @Nullable LockInfo conflict(LockOwner forWhom, LockType type, long start, long end) {
        return table.conflict(this, forWhom, type, start, end);
    }

    /**
     * flock(2); {@link LockType#NONE} is LOCK_UN. A lock of the other type is given back first, whatever comes of it.
     *
     * @param wait whether to wait rather than fail with EAGAIN (LOCK_NB)
     * @param pid who asks, as {@code /proc/locks} is to tell
     */
    public void flock(LockType type, boolean wait, int pid, @Nullable Interruption interruption) throws ErrnoException {
        if (!readable && !writable && type != LockType.NONE) {
            throw Errno.EBADF.exception();
        }
        BlockingRequest request = new BlockingRequest(this, type, pid);
        if (wait) {
            await(request, interruption);
        } else {
            check(table.request(request, this, false));
        }
    }

    private void await(BlockingRequest request, @Nullable Interruption interruption) throws ErrnoException {
        int outcome = table.request(request, this, true);
        if (outcome == LockTable.WAITING) {
            if (request.sleep(interruption)) {
                outcome = request.answer();
            } else {
                outcome = table.cancel(request) ? Sleeper.interrupted() : request.answer();
            }
        }
        check(outcome);
    }

    /**
     * Asks for a lock without a thread that waits.
     *
     * @return true if the request waits and will be told; false if the lock is held now. Fails as {@link #set} and {@link #await} do
     */
    public boolean begin(LockRequest request, boolean wait) throws ErrnoException {
        if (request.kind.isOfRange()) {
            requireMode(request.type);
        }
        int outcome = table.request(request, this, wait);
        check(outcome);
        return outcome == LockTable.WAITING;
    }

    /** Takes back a request that waits: true if it does so no more and will not be told; false if its end has come already. */
    public boolean cancel(LockRequest request) {
        return table.cancel(request);
    }

    /** The last close: gives all locks back that were made through this open file. A second call does nothing. */
    public void close() {
        table.close(this);
    }

    /** What the kernel's {@code check_fmode_for_setlk} asks for. */
    private void requireMode(LockType type) throws ErrnoException {
        boolean allowed = switch (type) {
            case READ -> readable;
            case WRITE -> writable;
            case NONE -> true;
        };
        if (!allowed) {
            throw Errno.EBADF.exception();
        }
    }

    private static void check(int outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }

    Object file() {
        return file;
    }

    @Nullable
    OuterLocks outer() {
        return outer;
    }

    Object place() {
        return place;
    }

    boolean isClosed() {
        return closed;
    }

    void closed() {
        closed = true;
    }

    Set<LockOwner> users() {
        return users;
    }

    void used(LockOwner user) {
        users.add(user);
    }
}
