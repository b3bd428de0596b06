package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;
import static org.caisson.fuse.Exchange.PAYLOAD;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.caisson.fuse.protocol.FuseFileLock;
import org.caisson.fuse.protocol.FuseFlag;
import org.caisson.fuse.protocol.FuseLkIn;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.lock.LockInfo;
import org.caisson.vfs.lock.LockOwner;
import org.caisson.vfs.lock.LockRange;
import org.caisson.vfs.lock.LockRequest;
import org.caisson.vfs.lock.LockType;
import org.caisson.vfs.lock.OpenFileLocks;

/**
 * Locks of fcntl(2) and flock(2), if they are the tree's own. A request that has to wait keeps no thread: who gives the lock back sends
 * the reply, so that however many wait the request that ends their waiting is served.
 */
final class LockOperations {
    private static final int EINTR = -Errno.EINTR.number();

    /** Has no locks, and stands for all that have none. */
    private static final LockOwner NOBODY = LockOwner.process(0);

    private final ServedTree tree;
    private final PromptMessages messages;

    /** The requests that wait, by their number. */
    private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();

    LockOperations(ServedTree tree, PromptMessages messages) {
        this.tree = tree;
        this.messages = messages;
    }

    /** A request for which nobody waits here. */
    private final class Waiting extends LockRequest {
        private final long unique;
        private final OpenFileLocks locks;

        /** The number of an owner to be released, unless it is an open file. */
        private final long owner;

        private final boolean ofOwner;

        Waiting(long unique, OpenFileLocks locks, long ownerId, LockOwner owner, LockType type, LockRange range) {
            super(owner, type, range.start(), range.end());
            this.unique = unique;
            this.locks = locks;
            this.owner = ownerId;
            this.ofOwner = true;
        }

        Waiting(long unique, OpenFileLocks locks, LockType type, int pid) {
            super(locks, type, pid);
            this.unique = unique;
            this.locks = locks;
            this.owner = 0;
            this.ofOwner = false;
        }

        @Override
        protected void completed(int outcome) {
            end();
            messages.reply(unique, outcome);
        }

        int begin(boolean wait) throws ErrnoException {
            if (wait) {
                // Before it begins: its end may come before begin returns.
                waiting.put(unique, this);
            }
            boolean decided = true;
            try {
                decided = !locks.begin(this, wait);
            } finally {
                if (decided) {
                    end();
                }
            }
            return decided ? 0 : Exchange.NO_REPLY;
        }

        boolean interrupt() {
            if (locks.cancel(this)) {
                completed(EINTR);
            }
            return true;
        }

        private void end() {
            waiting.remove(unique);
            if (ofOwner) {
                tree.lockOwners.release(owner);
            }
        }
    }

    int getlk(Exchange x) throws ErrnoException {
        x.require(FuseLkIn.SIZE);
        Handle handle = tree.handle(x, FuseLkIn.fh(x.in, ARGUMENT));
        LockOwner known = tree.lockOwners.find(FuseLkIn.owner(x.in, ARGUMENT));
        LockType type = type(x);
        LockRange range = range(x);
        LockInfo found =
                handle.description.locks().conflict(known == null ? NOBODY : known, type, range.start(), range.end());
        FuseFileLock.type(x.out, PAYLOAD, (found == null ? LockType.NONE : found.type()).number());
        FuseFileLock.start(x.out, PAYLOAD, found == null ? 0 : found.start());
        FuseFileLock.end(x.out, PAYLOAD, found == null ? 0 : found.end());
        FuseFileLock.pid(x.out, PAYLOAD, found == null ? 0 : Math.max(found.pid(), 0));
        return FuseFileLock.SIZE;
    }

    int setlk(Exchange x, boolean wait) throws ErrnoException {
        x.require(FuseLkIn.SIZE);
        OpenFileLocks locks =
                tree.handle(x, FuseLkIn.fh(x.in, ARGUMENT)).description.locks();
        LockType type = type(x);
        int pid = FuseFileLock.pid(x.in, ARGUMENT + FuseLkIn.LK);
        if ((FuseLkIn.lkFlags(x.in, ARGUMENT) & FuseFlag.LK_FLOCK) != 0) {
            return new Waiting(x.unique, locks, type, pid).begin(wait);
        }
        LockRange range = range(x);
        long id = FuseLkIn.owner(x.in, ARGUMENT);
        LockOwner owner = tree.lockOwners.acquire(id, pid);
        return new Waiting(x.unique, locks, id, owner, type, range).begin(wait);
    }

    private static LockType type(Exchange x) throws ErrnoException {
        int number = FuseFileLock.type(x.in, ARGUMENT + FuseLkIn.LK);
        if (number < LockType.READ.number() || number > LockType.NONE.number()) {
            throw Errno.EINVAL.exception();
        }
        return LockType.of(number);
    }

    private static LockRange range(Exchange x) throws ErrnoException {
        long start = FuseFileLock.start(x.in, ARGUMENT + FuseLkIn.LK);
        long end = FuseFileLock.end(x.in, ARGUMENT + FuseLkIn.LK);
        if (start < 0 || end < start) {
            throw Errno.EINVAL.exception();
        }
        return new LockRange(start, end);
    }

    /** Ends a request that waits with EINTR; false if none of that number does. */
    boolean interrupt(long unique) {
        Waiting request = waiting.get(unique);
        return request != null && request.interrupt();
    }
}
