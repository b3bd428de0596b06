package org.caisson.vfs.lock;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.caisson.linux.Errno;
import org.jspecify.annotations.Nullable;

/** The locks of one file, and who waits for one. Guarded by the monitor of the {@link LockTable}. */
final class FileLocks {
    private static final int ENOLCK = -Errno.ENOLCK.number();
    private static final int EAGAIN = -Errno.EAGAIN.number();
    private static final int EDEADLK = -Errno.EDEADLK.number();

    private final Object place;

    /** By owner, in the order in which these came: so F_GETLK answers what the kernel answers. */
    private final Map<LockOwner, OwnedRanges> ranges = new LinkedHashMap<>();

    private final List<HeldLock> wholes = new ArrayList<>();

    /** In the order in which they came. */
    private final List<LockRequest> waiting = new ArrayList<>();

    FileLocks(Object place) {
        this.place = place;
    }

    boolean isUnused() {
        return ranges.isEmpty() && wholes.isEmpty() && waiting.isEmpty();
    }

    /** 0, {@link LockTable#WAITING} or a negated errno; others that come to their end by it are handed to {@code completed}. */
    int request(LockRequest request, boolean wait, Consumer<LockRequest> completed) {
        HeldLock given = request.kind == LockKind.FLOCK ? dropOther(request) : null;
        int outcome = attempt(request, wait);
        if (outcome == LockTable.WAITING) {
            waiting.add(request);
        }
        if (outcome == 0 || given != null) {
            retry(completed);
        }
        return outcome;
    }

    private int attempt(LockRequest request, boolean wait) {
        HeldLock blocker = request.type == LockType.NONE ? null : conflict(request);
        if (blocker == null) {
            return grant(request);
        }
        if (!wait) {
            return EAGAIN;
        }
        return WaitGraph.await(request, blocker) ? LockTable.WAITING : EDEADLK;
    }

    /** The first lock that conflicts, in the kernel's order. */
    private @Nullable HeldLock conflict(LockRequest request) {
        if (request.kind.isOfRange()) {
            return conflict(request.owner, request.type, request.start, request.end);
        }
        for (HeldLock lock : wholes) {
            if (request.conflictsWith(lock)) {
                return lock;
            }
        }
        return null;
    }

    /** The first range lock of another owner that conflicts; for type NONE, the first of this owner. */
    @Nullable
    HeldLock conflict(LockOwner owner, LockType type, long start, long end) {
        if (type == LockType.NONE) {
            OwnedRanges own = ranges.get(owner);
            return own == null ? null : own.overlap(start, end);
        }
        for (Map.Entry<LockOwner, OwnedRanges> other : ranges.entrySet()) {
            HeldLock lock = other.getKey() == owner ? null : other.getValue().conflict(type, start, end);
            if (lock != null) {
                return lock;
            }
        }
        return null;
    }

    private int grant(LockRequest request) {
        if (request.kind.isOfRange()) {
            return setRange(request.owner, request.kind, request.type, request.start, request.end);
        }
        dropOther(request);
        if (request.type != LockType.NONE && wholeOf(request.owner) == null) {
            wholes.add(
                    new HeldLock(request.owner, request.kind, request.type, request.pid, request.start, request.end));
        }
        return 0;
    }

    private int setRange(LockOwner owner, LockKind kind, LockType type, long start, long end) {
        OwnedRanges own = ranges.get(owner);
        if (own == null) {
            if (type == LockType.NONE) {
                return 0;
            }
            own = new OwnedRanges(owner, kind);
            ranges.put(owner, own);
        }
        boolean done = own.set(type, start, end);
        if (own.isEmpty()) {
            ranges.remove(owner);
        }
        return done ? 0 : ENOLCK;
    }

    /** Who changes a lock of flock(2) gives the old one back first, even if it does not get the new one. */
    private @Nullable HeldLock dropOther(LockRequest request) {
        HeldLock present = wholeOf(request.owner);
        if (present == null || present.type == request.type) {
            return null;
        }
        present.gone = true;
        wholes.remove(present);
        return present;
    }

    private @Nullable HeldLock wholeOf(LockOwner owner) {
        for (HeldLock lock : wholes) {
            if (lock.owner == owner) {
                return lock;
            }
        }
        return null;
    }

    /** Gives all that an owner has locked back: its ranges, or its lock of the whole. */
    void release(LockOwner owner, boolean ofRange, Consumer<LockRequest> completed) {
        if (ofRange) {
            setRange(owner, LockKind.POSIX, LockType.NONE, 0, LockInfo.END);
        } else {
            HeldLock whole = wholeOf(owner);
            if (whole != null) {
                whole.gone = true;
                wholes.remove(whole);
            }
        }
        retry(completed);
    }

    /** Ends waiting requests without a lock. */
    void abandon(Predicate<LockRequest> which, int outcome, Consumer<LockRequest> completed) {
        for (Iterator<LockRequest> all = waiting.iterator(); all.hasNext(); ) {
            LockRequest request = all.next();
            if (which.test(request)) {
                all.remove();
                end(request, outcome, completed);
            }
        }
    }

    /** Takes a waiting request off; false if it does not wait any more. */
    boolean cancel(LockRequest request) {
        if (!waiting.remove(request)) {
            return false;
        }
        WaitGraph.leave(request);
        return true;
    }

    /** Lets those try again whose blocker does not stand any more, first come first served. */
    private void retry(Consumer<LockRequest> completed) {
        boolean changed = !waiting.isEmpty();
        while (changed) {
            changed = false;
            for (Iterator<LockRequest> all = waiting.iterator(); all.hasNext(); ) {
                LockRequest request = all.next();
                HeldLock blocker = request.blocker;
                if (blocker != null && blocker.gone) {
                    int outcome = attempt(request, true);
                    if (outcome != LockTable.WAITING) {
                        all.remove();
                        end(request, outcome, completed);
                        // A lock that replaces another of its owner may let in who was asked before.
                        changed = true;
                    }
                }
            }
        }
    }

    private static void end(LockRequest request, int outcome, Consumer<LockRequest> completed) {
        WaitGraph.leave(request);
        request.outcome = outcome;
        completed.accept(request);
    }

    /** What is held and, behind each, who waits for it, as {@code /proc/locks} lists a file. */
    void list(List<LockInfo> into) {
        for (HeldLock lock : wholes) {
            list(lock, into);
        }
        for (OwnedRanges own : ranges.values()) {
            for (HeldLock lock : own.all()) {
                list(lock, into);
            }
        }
    }

    private void list(HeldLock lock, List<LockInfo> into) {
        into.add(LockInfo.of(lock, place));
        for (LockRequest request : waiting) {
            if (request.blocker == lock) {
                into.add(LockInfo.of(request, place));
            }
        }
    }
}
