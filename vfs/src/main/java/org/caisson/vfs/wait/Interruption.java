package org.caisson.vfs.wait;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a signal is to a blocked system call: raised by any thread, it ends the operation that was given it with EINTR, now if that
 * sleeps, or when it is about to. What need not sleep succeeds in spite of it.
 *
 * <p>It stays raised until it is cleared. One thread at a time may use it for an operation; {@link Thread#interrupt} ends an operation
 * in the same way, and is consumed by the EINTR as by an {@link InterruptedException}.
 */
public final class Interruption {
    private volatile boolean raised;

    /** Who sleeps. Written by that thread before it looks at {@link #raised}. */
    private volatile @Nullable Thread sleeper;

    /** Not raised. */
    public Interruption() {}

    /** Ends what sleeps, and whatever is about to sleep until {@link #clear}. */
    public void interrupt() {
        raised = true;
        LockSupport.unpark(sleeper);
    }

    /** Whether it was raised and not cleared since. */
    public boolean isRaised() {
        return raised;
    }

    /** Lets the next operation sleep again. */
    public void clear() {
        raised = false;
    }

    void sleeps(@Nullable Thread thread) {
        sleeper = thread;
    }
}
