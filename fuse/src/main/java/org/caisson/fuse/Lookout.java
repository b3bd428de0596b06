package org.caisson.fuse;

import java.util.concurrent.locks.LockSupport;

/**
 * A thread that looks at the others from time to time while there is something to do, and sleeps otherwise. So those need not ask, request
 * by request, whether what they do takes long.
 */
final class Lookout {
    /** Longer than a request takes that waits for nothing; short for who waits behind one that does. */
    private static final long LOOK_NANOS = 5_000_000;
    /** How many looks in a row see nothing new before it sleeps: a second. */
    private static final int QUIET_LOOKS = 200;

    /** What it looks at. */
    interface View {
        /** Looks, and does what is to be done; whether anything has happened since the last time, or is to be watched further. */
        boolean look();
    }

    private final View view;
    private final Thread thread;

    /** Written by the thread; it looks once more after it has said so. */
    private volatile boolean asleep;

    private volatile boolean ended;

    Lookout(String name, View view) {
        this.view = view;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** There is something to look at. */
    void wakeIfAsleep() {
        if (asleep) {
            asleep = false;
            LockSupport.unpark(thread);
        }
    }

    void end() {
        ended = true;
        LockSupport.unpark(thread);
    }

    /** Its thread, which ends soon after {@link #end}. */
    Thread thread() {
        return thread;
    }

    private void run() {
        int quiet = 0;
        while (!ended) {
            quiet = view.look() ? 0 : quiet + 1;
            if (quiet < QUIET_LOOKS) {
                LockSupport.parkNanos(this, LOOK_NANOS);
                continue;
            }
            asleep = true;
            if (view.look()) {
                asleep = false;
            }
            while (asleep && !ended) {
                LockSupport.park(this);
            }
            quiet = 0;
        }
    }
}
