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
            int outcome = grant(request);
            // Somebody outside has it: nobody here will say when that ends.
            return outcome == EAGAIN && wait ? waitOutside(request) : outcome;
        }
        if (!wait) {
            return EAGAIN;
        }
        return WaitGraph.await(request, blocker) ? LockTable.WAITING : EDEADLK;
    }

    private static int waitOutside(LockRequest request) {
        WaitGraph.leave(request);
        return LockTable.WAITING;
    }

    /** How many requests wait for somebody outside. */
    int waitingOutside() {
        int count = 0;
        for (LockRequest request : waiting) {
            count += request.blocker == null ? 1 : 0;
        }
        return count;
    }

    /** Lets those try again who wait for somebody outside; says whether there are such still. */
    boolean retryOutside(Consumer<LockRequest> completed) {
        boolean changed = false;
        for (Iterator<LockRequest> all = waiting.iterator(); all.hasNext(); ) {
            LockRequest request = all.next();
            if (request.blocker == null) {
                int outcome = attempt(request, true);
                if (outcome != LockTable.WAITING) {
                    all.remove();
                    end(request, outcome, completed);
                    changed = true;
                }
            }
        }
        if (changed) {
            retry(completed);
        }
        return waitingOutside() != 0;
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
        OuterLocks outer = request.through == null ? null : request.through.outer();
        if (request.kind.isOfRange()) {
            return grantRange(request, outer);
        }
        dropOther(request);
        if (request.type != LockType.NONE && wholeOf(request.owner) == null) {
            int outcome = outer == null ? 0 : outer.flock(request.type);
            if (outcome != 0) {
                return outcome;
            }
            wholes.add(
                    new HeldLock(request.owner, request.kind, request.type, request.pid, request.start, request.end));
        }
        return 0;
    }

    private int grantRange(LockRequest request, @Nullable OuterLocks outer) {
        OwnedRanges own = ranges.get(request.owner);
        if (own == null) {
            if (request.type == LockType.NONE) {
                return 0;
            }
            own = new OwnedRanges(request.owner, request.kind);
        }
        int outcome = outer == null ? 0 : setOutside(own, outer, request);
        if (outcome != 0) {
            if (own.isEmpty()) {
                own.leaveOutside();
            }
            return outcome;
        }
        ranges.putIfAbsent(request.owner, own);
        return setRange(own, request.type, request.start, request.end);
    }

    private static int setOutside(OwnedRanges own, OuterLocks outer, LockRequest request) {
        OuterRanges outside = own.outside(outer, request.type == LockType.WRITE);
        return outside == null ? ENOLCK : outside.set(request.type, request.start, request.end);
    }

    private int setRange(OwnedRanges own, LockType type, long start, long end) {
        boolean done = own.set(type, start, end);
        if (own.isEmpty()) {
            ranges.remove(own.owner());
            own.leaveOutside();
        }
        return done ? 0 : ENOLCK;
    }

    /** Who changes a lock of flock(2) gives the old one back first, even if it does not get the new one. */
    private @Nullable HeldLock dropOther(LockRequest request) {
        HeldLock present = wholeOf(request.owner);
        if (present == null || present.type == request.type) {
            return null;
        }
        drop(present, request.through);
        return present;
    }

    private void drop(HeldLock whole, @Nullable OpenFileLocks through) {
        whole.gone = true;
        wholes.remove(whole);
        OuterLocks outer = through == null ? null : through.outer();
        if (outer != null) {
            outer.flock(LockType.NONE);
        }
    }

    private @Nullable HeldLock wholeOf(LockOwner owner) {
        for (HeldLock lock : wholes) {
            if (lock.owner == owner) {
                return lock;
            }
        }
        return null;
    }

    /** Gives back all ranges that an owner has locked. */
    void release(LockOwner owner, Consumer<LockRequest> completed) {
        OwnedRanges own = ranges.get(owner);
        if (own != null) {
            setRange(own, LockType.NONE, 0, LockInfo.END);
        }
        retry(completed);
    }

    /** Gives back the lock of the whole that an open file has. */
    void releaseWhole(OpenFileLocks file, Consumer<LockRequest> completed) {
        HeldLock whole = wholeOf(file.owner());
        if (whole != null) {
            drop(whole, file);
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

    /** What keeps an owner outside from getting a range of a type; null if nothing does. */
    static @Nullable LockInfo conflictOutside(
            @Nullable FileLocks locks, OpenFileLocks through, LockOwner owner, LockType type, long start, long end) {
        OuterLocks outer = through.outer();
        if (outer == null || type == LockType.NONE) {
            return null;
        }
        OwnedRanges own = locks == null ? null : locks.ranges.get(owner);
        OuterRanges known = own == null ? null : own.outside();
        if (known != null) {
            return known.conflict(type, start, end, through.place());
        }
        try (OuterRanges asking = outer.ranges(false)) {
            return asking == null ? null : asking.conflict(type, start, end, through.place());
        }
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
