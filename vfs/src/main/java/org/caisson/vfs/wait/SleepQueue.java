package org.caisson.vfs.wait;

import org.jspecify.annotations.Nullable;

/**
 * Threads that sleep until something happens, first come first served. All methods are called under the lock of what they wait for;
 * the sleep itself is not:
 *
 * <pre>
 * synchronized (lock) {
 *     if (ready()) return take();
 *     sleeper = queue.join();
 * }
 * if (!sleeper.sleep(interruption)) {
 *     synchronized (lock) { queue.leave(sleeper); }
 *     return Sleeper.interrupted();
 * }
 * </pre>
 */
public final class SleepQueue {
    private @Nullable Sleeper first;
    private @Nullable Sleeper last;

    /** Nobody sleeps. */
    public SleepQueue() {}

    /** Puts the calling thread at the end; it then is to sleep. */
    public Sleeper join() {
        Sleeper sleeper = new Sleeper();
        sleeper.previous = last;
        if (last == null) {
            first = sleeper;
        } else {
            last.next = sleeper;
        }
        last = sleeper;
        return sleeper;
    }

    /** Whether nobody is asleep. */
    public boolean isEmpty() {
        return first == null;
    }

    /** Wakes who has slept longest. */
    public void wakeFirst() {
        Sleeper sleeper = first;
        if (sleeper != null) {
            remove(sleeper);
            sleeper.wake();
        }
    }

    /** Wakes all. */
    public void wakeAll() {
        while (first != null) {
            wakeFirst();
        }
    }

    /** Takes off who was interrupted; if it had been woken by then, another one is woken in its stead. */
    public void leave(Sleeper sleeper) {
        if (sleeper.isWoken()) {
            wakeFirst();
        } else {
            remove(sleeper);
        }
    }

    private void remove(Sleeper sleeper) {
        Sleeper before = sleeper.previous;
        Sleeper after = sleeper.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        sleeper.previous = null;
        sleeper.next = null;
    }
}
