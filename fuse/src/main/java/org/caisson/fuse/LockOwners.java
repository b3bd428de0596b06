package org.caisson.fuse;

import java.util.HashMap;
import java.util.Map;
import org.caisson.vfs.lock.LockOwner;
import org.jspecify.annotations.Nullable;

/**
 * The owners of locks as the kernel numbers them for this connection: processes, and open files. One is forgotten when it has no locks
 * and asks for none.
 */
final class LockOwners {
    private static final int SMALLEST = 64;

    // Guarded by this object's monitor, under which no other lock is taken.
    private final Map<Long, Entry> entries = new HashMap<>();
    private int sweepAt = SMALLEST;

    /** Whether there are none. Written under the monitor. */
    private volatile boolean empty = true;

    private static final class Entry {
        final LockOwner owner;

        /** Requests that are under way. */
        int uses;

        Entry(LockOwner owner) {
            this.owner = owner;
        }

        boolean isIdle() {
            return uses == 0 && !owner.holdsLocks();
        }
    }

    /** The owner of a number, made if need be, which is not forgotten until {@link #release}. */
    synchronized LockOwner acquire(long id, int pid) {
        Entry entry = entries.get(id);
        if (entry == null) {
            sweep();
            entry = new Entry(LockOwner.process(pid));
            entries.put(id, entry);
            empty = false;
        }
        entry.uses++;
        return entry.owner;
    }

    /** A request of an owner is done. */
    synchronized void release(long id) {
        Entry entry = entries.get(id);
        if (entry != null) {
            entry.uses--;
            if (entry.isIdle()) {
                entries.remove(id);
                empty = entries.isEmpty();
            }
        }
    }

    /** The owner of a number, null if it has no locks. */
    @Nullable
    LockOwner find(long id) {
        if (empty) {
            return null;
        }
        synchronized (this) {
            Entry entry = entries.get(id);
            return entry == null ? null : entry.owner;
        }
    }

    /** Forgets those that lost their locks by closing a file. */
    private void sweep() {
        if (entries.size() >= sweepAt) {
            entries.values().removeIf(Entry::isIdle);
            sweepAt = Math.max(SMALLEST, entries.size() * 2);
        }
    }

    /** For tests. */
    synchronized int size() {
        entries.values().removeIf(Entry::isIdle);
        return entries.size();
    }
}
