package org.caisson.systemtests;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for a state of the outside world, with a deadline that fails the test. */
final class Await {
    private static final long POLL_NANOS = 10_000_000;

    private Await() {}

    static void until(String what, Duration limit, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("after " + limit + " still not: " + what);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
