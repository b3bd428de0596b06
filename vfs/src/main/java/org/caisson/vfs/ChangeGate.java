package org.caisson.vfs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Lets changes of a file system go on at once, and keeps all of them out for a moment, in which each is done or not begun (as the kernel's
 * {@code sb_start_write}). To pass costs two atomic additions to a counter that few other threads use.
 *
 * <p>Who is inside must not pass again: while the gate is being closed that would wait for itself. It comes before the locks that a change
 * takes, but for the lock of renames and those of open files and pipes.
 */
public final class ChangeGate {
    private static final VarHandle COUNTER = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int COUNTERS = 8;

    /** So many longs are between two counters, that each has a line of the cache. */
    private static final int STRIDE = 8;

    private static final int SPINS = 100;
    private static final long PAUSE_NANOS = 20_000;

    private final long[] inside = new long[(COUNTERS + 1) * STRIDE];

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
        int counter = STRIDE * (1 + ((int) Thread.currentThread().threadId() & (COUNTERS - 1)));
        COUNTER.getAndAdd(inside, counter, 1L);
        if (closed) {
            enterWhenOpen(counter);
        }
        return counter;
    }

    private void enterWhenOpen(int counter) {
        do {
            leave(counter);
            awaitOpen();
            COUNTER.getAndAdd(inside, counter, 1L);
        } while (closed);
    }

    /** Ends what began with {@link #enter}. */
    public void leave(int counter) {
        COUNTER.getAndAdd(inside, counter, -1L);
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
        for (int i = 1; i <= COUNTERS; i++) {
            int spins = 0;
            while ((long) COUNTER.getVolatile(inside, i * STRIDE) != 0) {
                if (++spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(this, PAUSE_NANOS);
                }
            }
        }
    }
}
