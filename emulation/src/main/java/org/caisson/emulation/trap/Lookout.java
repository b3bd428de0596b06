package org.caisson.emulation.trap;

import java.util.ArrayList;
import java.util.List;

/**
 * Looks at listeners every few milliseconds for calls that take long, while there is anything to look at: one thread for
 * all of them.
 *
 * <p>Locks: this, then {@link TrapThreads}'s.
 */
final class Lookout {
    private static final Lookout ONLY = new Lookout();
    private static final long PERIOD_MILLIS = 5;
    private static final long STACK_BYTES = 256 * 1024;

    // Both guarded by this.
    private final List<TrapThreads> watched = new ArrayList<>();
    private boolean running;

    private Lookout() {}

    /** Looks at a listener's threads until they have nothing to do. */
    static void watch(TrapThreads threads) {
        ONLY.add(threads);
    }

    private synchronized void add(TrapThreads threads) {
        if (!watched.contains(threads)) {
            watched.add(threads);
        }
        if (!running) {
            running = true;
            Thread.ofPlatform()
                    .name("caisson-trap-lookout")
                    .daemon()
                    .stackSize(STACK_BYTES)
                    .start(this::run);
        }
    }

    private void run() {
        try {
            while (look()) {
                Thread.sleep(PERIOD_MILLIS);
            }
        } catch (InterruptedException nobodyDoes) {
            synchronized (this) {
                running = false;
            }
        }
    }

    /** No more threads can be had now: that may pass, and must not end the looking at others. */
    private static boolean look(TrapThreads threads) {
        try {
            return threads.look();
        } catch (OutOfMemoryError scarce) {
            return true;
        }
    }

    /** False when there is nothing left. */
    private synchronized boolean look() {
        watched.removeIf(threads -> !look(threads));
        running = !watched.isEmpty();
        return running;
    }
}
