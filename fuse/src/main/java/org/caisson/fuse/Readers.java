package org.caisson.fuse;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Which threads read the device, and which rest until they are called.
 *
 * <p>Of several threads that wait in read(2) the kernel wakes the one that has waited longest: each request then finds another thread,
 * on another processor, with nothing in its caches. So no more read than are {@link #wanted}, which is one as long as requests are served
 * quickly and one after the other. That one serves what it reads and then reads on; the {@link Lookout} sees when that does not do.
 */
final class Readers {
    /** For how many looks after a slow request nobody serves unless another thread reads. */
    private static final int CAREFUL_LOOKS = 400;
    /** How many looks more must find requests that nobody reads than find none before one more thread does. */
    private static final int LOOKS_TO_GROW = 8;
    /** How many looks more must find none before one thread less reads. */
    private static final int LOOKS_TO_SHRINK = 40;

    /** One thread's place among those that rest. */
    static final class Place {
        private final Thread thread;

        /** Written under the monitor of the readers. */
        private volatile boolean resting;

        Place(Thread thread) {
            this.thread = thread;
        }
    }

    private final int most;

    /** Threads that serve nothing: they read, or are about to. */
    private final AtomicInteger reading = new AtomicInteger();

    // Written by the lookout alone.
    private volatile int wanted = 1;
    private volatile boolean careful;

    // Used by the lookout alone.
    private int carefulLeft;
    private int crowd = 1;
    private int pressure;
    private int twoLeft;

    // Guarded by this object's monitor, under which no other lock is taken.
    private final ArrayDeque<Place> resting = new ArrayDeque<>();
    private boolean ending;

    /** @param most how many may read at once to keep up with requests that come at once */
    Readers(int most) {
        this.most = most;
    }

    /** One more reads. */
    void join() {
        reading.incrementAndGet();
    }

    /** One less reads, perhaps none any more. */
    void leave() {
        reading.decrementAndGet();
    }

    /** One less reads, unless nobody would read then. */
    boolean leaveOthers() {
        int present = reading.get();
        while (present > 1) {
            int seen = reading.compareAndExchange(present, present - 1);
            if (seen == present) {
                return true;
            }
            present = seen;
        }
        return false;
    }

    /** Whether one thread alone is to read. */
    boolean isOneWanted() {
        return wanted == 1;
    }

    /** Whether requests may take long, so that another thread must read before one is served. */
    boolean areCareful() {
        return careful;
    }

    /** Whether nobody reads. */
    boolean areNone() {
        return reading.get() <= 0;
    }

    /**
     * Rests if enough others read. Who puts something into a backlog is to {@link #call} afterwards: either it finds who rests, or
     * that one finds what there is to do.
     */
    void restIfEnough(Place place, Workers workers) {
        if (reading.get() <= wanted) {
            return;
        }
        synchronized (this) {
            if (ending || !leaveOthers()) {
                return;
            }
            place.resting = true;
            resting.push(place);
        }
        if (workers.hasWaiting()) {
            wake(place);
        }
        while (place.resting) {
            LockSupport.park(this);
        }
    }

    private synchronized void wake(Place place) {
        if (place.resting) {
            resting.remove(place);
            place.resting = false;
            join();
        }
    }

    /** Has a thread read that rests, the one that has rested least; false if there is none. */
    boolean call() {
        Place called;
        synchronized (this) {
            called = resting.poll();
            if (called == null) {
                return false;
            }
            called.resting = false;
            join();
        }
        LockSupport.unpark(called.thread);
        return true;
    }

    /** Nobody rests any more. */
    void end() {
        synchronized (this) {
            ending = true;
        }
        boolean more = true;
        while (more) {
            more = call();
        }
    }

    /**
     * Learns from a look at the threads; whether one more is to read. Called by the lookout alone.
     *
     * @param slow whether a request has been served since the last look at least
     * @param pending whether a request is there that nobody has read
     * @param forgets whether many requests are forgets, for which the caller does not wait: what wakes the one reader then wakes it on
     *     another processor than the caller's, where it stays, and each request after that costs as much; unless it hardly sleeps
     */
    boolean adapt(boolean slow, boolean pending, boolean forgets) {
        carefulLeft = slow ? CAREFUL_LOOKS : Math.max(0, carefulLeft - 1);
        boolean nobody = areNone();
        // What has just come may be one of those that nobody waits for.
        pressure += pending && nobody ? 1 : -1;
        boolean grow = pressure >= LOOKS_TO_GROW && crowd < most;
        if (grow) {
            crowd++;
            pressure = 0;
        } else if (pressure <= -LOOKS_TO_SHRINK) {
            crowd = Math.max(1, crowd - 1);
            pressure = 0;
        }
        pressure = Math.min(pressure, LOOKS_TO_GROW);
        careful = carefulLeft > 0;
        twoLeft = forgets ? LOOKS_TO_SHRINK : Math.max(0, twoLeft - 1);
        int before = wanted;
        // Of two that read one can serve without calling a third.
        wanted = careful || twoLeft > 0 ? Math.max(crowd, 2) : crowd;
        return grow || (slow && nobody) || wanted > Math.max(before, crowd);
    }
}
