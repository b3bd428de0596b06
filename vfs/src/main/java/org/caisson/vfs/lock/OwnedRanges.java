package org.caisson.vfs.lock;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of one file that one owner has locked: in order, apart from one another, and no two of one type adjacent. Guarded by the
 * monitor of the {@link LockTable}.
 */
final class OwnedRanges {
    private final LockOwner owner;
    private final LockKind kind;
    private final List<HeldLock> ranges = new ArrayList<>();

    /** Where they are held too; null if nowhere. */
    private @Nullable OuterRanges outer;

    OwnedRanges(LockOwner owner, LockKind kind) {
        this.owner = owner;
        this.kind = kind;
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    /** Who holds them outside, with what there is of them; null if nobody does, or can. */
    @Nullable
    OuterRanges outside(OuterLocks locks, boolean writing) {
        OuterRanges present = outer;
        if (present != null && (present.mayWrite() || !writing)) {
            return present;
        }
        OuterRanges made = locks.ranges(writing);
        if (made == null || present == null) {
            outer = made == null ? present : made;
            return made;
        }
        // Read locks, all of them, in the way of nobody who lets the present ones be.
        for (HeldLock lock : ranges) {
            made.set(lock.type, lock.start, lock.end);
        }
        present.close();
        outer = made;
        return made;
    }

    @Nullable
    OuterRanges outside() {
        return outer;
    }

    /** Nothing is locked any more. */
    void leaveOutside() {
        OuterRanges present = outer;
        if (present != null) {
            outer = null;
            present.close();
        }
    }

    LockOwner owner() {
        return owner;
    }

    List<HeldLock> all() {
        return ranges;
    }

    /** The first that conflicts with a lock of another owner; null if none does. */
    @Nullable
    HeldLock conflict(LockType type, long start, long end) {
        for (int i = firstEndingAt(start); i < ranges.size(); i++) {
            HeldLock lock = ranges.get(i);
            if (lock.start > end) {
                return null;
            }
            if (type.conflictsWith(lock.type)) {
                return lock;
            }
        }
        return null;
    }

    /** The first that overlaps a range; null if none does. */
    @Nullable
    HeldLock overlap(long start, long end) {
        int i = firstEndingAt(start);
        return i < ranges.size() && ranges.get(i).start <= end ? ranges.get(i) : null;
    }

    /**
     * Makes a range be of a type, whatever its parts were before: what was locked is split, replaced and merged.
     *
     * @return false if the owner would have too many locks (ENOLCK); nothing changed then
     */
    boolean set(LockType type, long start, long end) {
        // Neighbours matter too: one of the same type is merged with.
        int low = firstEndingAt(Math.max(start - 1, 0));
        int high = low;
        long from = start;
        long to = end;
        HeldLock left = null;
        HeldLock right = null;
        HeldLock kept = null;
        for (; high < ranges.size(); high++) {
            HeldLock lock = ranges.get(high);
            boolean same = lock.type == type;
            if (lock.start > end && !(same && lock.start - 1 == end)) {
                break;
            }
            if (same) {
                from = Math.min(from, lock.start);
                to = Math.max(to, lock.end);
                kept = kept == null ? lock : kept;
            } else if (lock.end < start) {
                left = lock;
            } else {
                left = lock.start < start ? piece(lock, lock.start, start - 1) : left;
                right = lock.end > end ? piece(lock, end + 1, lock.end) : null;
            }
        }
        int pieces = (left == null ? 0 : 1) + (right == null ? 0 : 1) + (type == LockType.NONE ? 0 : 1);
        int change = pieces - (high - low);
        if (change > 0 && !owner.mayHold(change)) {
            return false;
        }
        List<HeldLock> replaced = ranges.subList(low, high);
        for (HeldLock lock : replaced) {
            lock.gone = lock != kept && lock != left;
        }
        replaced.clear();
        int at = low;
        if (left != null) {
            ranges.add(at++, left);
        }
        if (type != LockType.NONE) {
            ranges.add(
                    at++,
                    kept == null ? new HeldLock(owner, kind, type, owner.pid(), from, to) : grown(kept, from, to));
        }
        if (right != null) {
            ranges.add(at, right);
        }
        owner.count(change);
        return true;
    }

    private static HeldLock piece(HeldLock lock, long start, long end) {
        return new HeldLock(lock.owner, lock.kind, lock.type, lock.pid, start, end);
    }

    private static HeldLock grown(HeldLock lock, long start, long end) {
        lock.start = start;
        lock.end = end;
        return lock;
    }

    /** The index of the first range that ends at a byte or after it. */
    private int firstEndingAt(long position) {
        int low = 0;
        int high = ranges.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ranges.get(middle).end < position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
