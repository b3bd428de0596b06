package org.caisson.vfs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Lets changes of a file system go on at once, and keeps all of them out for a moment, in which each is done or not begun (as the kernel's
 * {@code sb_start_write}). To pass costs one atomic operation on a line of memory that few other threads use.
 *
 * <p>Who is inside must not pass again: while the gate is being closed that would wait for itself. It comes before the locks that a change
 * takes, but for the lock of renames and those of open files and pipes.
 */
public final class ChangeGate {
    private static final VarHandle LONG = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int PLACES = 16;

    /** So many longs are from one place to the next, that each has a line of the cache. */
    private static final int STRIDE = 8;

    private static final int SPINS = 100;
    private static final long PAUSE_NANOS = 20_000;

    /** Of each place: 1 while somebody is inside alone, and then how many are who found that taken. */
    private final long[] inside = new long[(PLACES + 1) * STRIDE];

    /** Written under the monitor. */
    private volatile boolean closed;

    /** A gate that is open. */
    public ChangeGate() {}

    /**
     * Passes, after waiting if the gate is closed.
     *
     * @return what {@link #leave} is to be given
     */
    public int enter() {
        int place = STRIDE * (1 + ((int) Thread.currentThread().threadId() & (PLACES - 1)));
        int taken = take(place);
        while (closed) {
            leave(taken);
            awaitOpen();
            taken = take(place);
        }
        return taken;
    }

    private int take(int place) {
        if (LONG.compareAndSet(inside, place, 0L, 1L)) {
            return place;
        }
        LONG.getAndAdd(inside, place + 1, 1L);
        return place + 1;
    }

    /** Ends what began with {@link #enter}. */
    public void leave(int taken) {
        if (taken % STRIDE == 0) {
            LONG.setRelease(inside, taken, 0L);
        } else {
            LONG.getAndAdd(inside, taken, -1L);
        }
    }

    /** Does something while nobody is inside. It waits for who is, and must not wait for anybody who may want to come in. */
    public <T> T whileClosed(Supplier<T> work) {
        close();
        try {
            awaitEmpty();
            return work.get();
        } finally {
            open();
        }
    }

    private synchronized void close() {
        awaitOpen();
        closed = true;
    }

    private synchronized void open() {
        closed = false;
        notifyAll();
    }

    private synchronized void awaitOpen() {
        boolean interrupted = false;
        while (closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitEmpty() {
        for (int i = 1; i <= PLACES; i++) {
            awaitZero(i * STRIDE);
            awaitZero(i * STRIDE + 1);
        }
    }

    private void awaitZero(int index) {
        int spins = 0;
        while ((long) LONG.getVolatile(inside, index) != 0) {
            if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, PAUSE_NANOS);
            }
        }
    }
}
