package org.caisson.fuse;

import java.lang.foreign.MemorySegment;

/**
 * For how long a thread looks for its next request before it sleeps: who sleeps is woken on a processor that is idle, mostly another one
 * than the caller's, and on a virtual machine that takes longer than to serve most requests. It is done for as long as it pays: a look in
 * vain makes the next ones rarer, until what was looked for comes. So a program that asks one thing after the other is served without
 * delay, while one that asks now and then, or on the same processor, costs next to nothing.
 *
 * <p>Used by the one thread that reads; when two take turns an estimate is lost.
 */
final class BusyPoll {
    /** How long a look lasts: a program's next request comes within the time in which it is itself woken by the last one's reply. */
    private static final long LOOK_NANOS = 50_000;

    private static final int BREATHS = 8;

    /** How many requests go by without a look after the first in vain. */
    private static final int SHORTEST_PAUSE = 16;

    private static final int LONGEST_PAUSE = 8192;

    /** So many looks in a row must succeed before it counts as a habit. */
    private static final int HABIT = 64;

    private int pause = SHORTEST_PAUSE;
    private int left;
    private int successes;

    /** Read by the {@link Lookout}. */
    private volatile boolean pays;

    /** Whether the next request is to be looked for; asked once a request. */
    boolean isDue() {
        if (left == 0) {
            return true;
        }
        left--;
        return false;
    }

    /** Looks for a request, until there is one or the time is over. The memory is as for {@link Connection#hasRequest(MemorySegment)}. */
    void look(Connection connection, MemorySegment memory) {
        long end = System.nanoTime() + LOOK_NANOS;
        boolean found = connection.hasRequest(memory);
        while (!found && System.nanoTime() < end) {
            // The other half of a processor's core may be the caller's.
            for (int i = 0; i < BREATHS; i++) {
                Thread.onSpinWait();
            }
            found = connection.hasRequest(memory);
        }
        tell(found);
    }

    /** What came of a look. */
    void tell(boolean found) {
        if (found) {
            pause = SHORTEST_PAUSE;
            if (++successes == HABIT) {
                pays = true;
            }
            return;
        }
        left = pause;
        pause = Math.min(pause * 2, LONGEST_PAUSE);
        if (successes < HABIT) {
            pays = false;
        }
        successes = 0;
    }

    /** Whether looks find what they are for, so that the reader hardly ever sleeps. */
    boolean pays() {
        return pays;
    }
}
