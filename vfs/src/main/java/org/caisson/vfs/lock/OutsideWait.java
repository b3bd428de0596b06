package org.caisson.vfs.lock;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits for locks of those who do not come through the table ({@link OuterLocks}) and do not tell when they give one back. A thread that
 * waits in the kernel could not be called back, and each would take a thread of the machine; so one virtual thread asks for all requests of
 * the table again, at first after a millisecond, later every {@value #LONGEST_MILLIS}, and ends when none waits so any more.
 */
final class OutsideWait {
    private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int LONGEST_MILLIS = 32;

    private final LockTable table;

    // Guarded by the monitor of the table.
    private boolean asking;
    private boolean renewed;

    OutsideWait(LockTable table) {
        this.table = table;
    }

    /** There is one more request that waits. The caller holds the monitor of the table. */
    void await() {
        renewed = true;
        if (!asking) {
            asking = true;
            Thread.ofVirtual().name("locks outside").start(this::ask);
        }
    }

    private void ask() {
        long pause = SHORTEST_NANOS;
        boolean waits = true;
        while (waits) {
            LockSupport.parkNanos(pause);
            boolean any = table.retryOutside();
            synchronized (table) {
                waits = any || renewed;
                pause = renewed ? SHORTEST_NANOS : Math.min(2 * pause, TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS));
                renewed = false;
                asking = waits;
            }
        }
    }
}
