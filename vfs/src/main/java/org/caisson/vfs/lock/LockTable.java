package org.caisson.vfs.lock;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.jspecify.annotations.Nullable;

/**
 * The locks on all files of one file system. A file that has none, and for none of which anyone waits, is not in it. Safe for any thread;
 * this object's monitor guards everything beneath.
 */
public final class LockTable {
    /** The outcome of a request that is not decided yet. */
    static final int WAITING = 1;

    private static final int EBADF = -Errno.EBADF.number();

    private final IdentityHashMap<Object, FileLocks> files = new IdentityHashMap<>(0);

    @SuppressWarnings("this-escape") // it only keeps it
    private final OutsideWait outside = new OutsideWait(this);

    /** Without locks. */
    public LockTable() {}

    /** All locks, with who waits for them: the content of {@code /proc/locks}. */
    public synchronized List<LockInfo> list() {
        List<LockInfo> all = new ArrayList<>();
        for (FileLocks file : files.values()) {
            file.list(all);
        }
        return all;
    }

    /** How many requests wait for somebody who does not come through this table. */
    synchronized int waitingOutside() {
        int count = 0;
        for (FileLocks file : files.values()) {
            count += file.waitingOutside();
        }
        return count;
    }

    /** How many files have locks or requests. */
    public synchronized int size() {
        return files.size();
    }

    /** What close(2) does: an owner gives back all range locks on a file, whichever open file they were made through. */
    public void release(Object file, LockOwner owner) {
        if (!owner.holdsLocks()) {
            return;
        }
        Completed completed = new Completed();
        synchronized (this) {
            FileLocks locks = files.get(file);
            if (locks != null) {
                locks.release(owner, completed);
                forgetUnused(file, locks);
            }
        }
        completed.tell();
    }

    int request(LockRequest request, OpenFileLocks through, boolean wait) {
        Completed completed = new Completed();
        int outcome;
        synchronized (this) {
            if (through.isClosed()) {
                return EBADF;
            }
            request.through = through;
            FileLocks locks = files.get(through.file());
            if (locks == null) {
                if (request.type == LockType.NONE) {
                    return 0;
                }
                locks = new FileLocks(through.place());
                files.put(through.file(), locks);
            }
            outcome = locks.request(request, wait, completed);
            if (outcome >= 0 && request.kind.isOfRange() && request.type != LockType.NONE) {
                through.used(request.owner);
            }
            forgetUnused(through.file(), locks);
        }
        completed.tell();
        return outcome;
    }

    /** Whether the request still waited, and does so no more. */
    synchronized boolean cancel(LockRequest request) {
        OpenFileLocks through = request.through;
        FileLocks locks = through == null ? null : files.get(through.file());
        if (through == null || locks == null || !locks.cancel(request)) {
            return false;
        }
        forgetUnused(through.file(), locks);
        return true;
    }

    synchronized @Nullable LockInfo conflict(
            OpenFileLocks through, LockOwner owner, LockType type, long start, long end) {
        FileLocks locks = files.get(through.file());
        HeldLock lock = locks == null ? null : locks.conflict(owner, type, start, end);
        return lock == null
                ? FileLocks.conflictOutside(locks, through, owner, type, start, end)
                : LockInfo.of(lock, through.file());
    }

    /** Lets those try again who wait for somebody outside; says whether there are such still. */
    boolean retryOutside() {
        Completed completed = new Completed();
        boolean waits = false;
        synchronized (this) {
            for (Map.Entry<Object, FileLocks> file : List.copyOf(files.entrySet())) {
                waits |= file.getValue().retryOutside(completed);
            }
            files.values().removeIf(FileLocks::isUnused);
        }
        completed.tell();
        return waits;
    }

    /** The last close of an open file. */
    void close(OpenFileLocks closing) {
        Completed completed = new Completed();
        synchronized (this) {
            closing.closed();
            FileLocks locks = files.get(closing.file());
            if (locks != null) {
                locks.abandon(request -> request.through == closing, EBADF, completed);
                for (LockOwner owner : closing.users()) {
                    locks.release(owner, completed);
                }
                locks.releaseWhole(closing, completed);
                forgetUnused(closing.file(), locks);
            }
        }
        completed.tell();
    }

    private void forgetUnused(Object file, FileLocks locks) {
        if (locks.isUnused()) {
            files.remove(file);
        } else if (locks.waitingOutside() != 0) {
            outside.await();
        }
    }

    /** Requests that came to their end, to be told when no lock is held any more. */
    private static final class Completed implements Consumer<LockRequest> {
        private @Nullable LockRequest first;
        private @Nullable LockRequest last;

        @Override
        public void accept(LockRequest request) {
            if (last == null) {
                first = request;
            } else {
                last.nextCompleted = request;
            }
            last = request;
        }

        void tell() {
            LockRequest request = first;
            while (request != null) {
                LockRequest next = request.nextCompleted;
                request.nextCompleted = null;
                request.completed(request.outcome);
                request = next;
            }
        }
    }
}
