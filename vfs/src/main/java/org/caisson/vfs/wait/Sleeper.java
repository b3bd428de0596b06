package org.caisson.vfs.wait;

import java.util.concurrent.locks.LockSupport;
import org.caisson.linux.Errno;
import org.jspecify.annotations.Nullable;

/** One sleep of one thread, platform or virtual: made by it, ended once by any thread. */
public final class Sleeper {
    private final Thread thread = Thread.currentThread();
    private volatile boolean woken;

    // Neighbours in a SleepQueue, guarded as that is.
    @Nullable
    Sleeper previous;

    @Nullable
    Sleeper next;

    /** For the calling thread. */
    public Sleeper() {}

    /** Ends the sleep; it may be yet to begin. */
    public void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    boolean isWoken() {
        return woken;
    }

    /**
     * Sleeps until woken. No lock may be held that who wakes needs.
     *
     * @param interruption what else ends the sleep, besides {@link Thread#interrupt}
     * @return false if the sleep was interrupted; being woken comes first if both happened. The thread stays interrupted, see {@link
     *     #interrupted}
     */
    public boolean sleep(@Nullable Interruption interruption) {
        if (interruption == null) {
            return sleepUntilWoken(null);
        }
        interruption.sleeps(thread);
        try {
            return sleepUntilWoken(interruption);
        } finally {
            interruption.sleeps(null);
        }
    }

    private boolean sleepUntilWoken(@Nullable Interruption interruption) {
        while (!woken) {
            if ((interruption != null && interruption.isRaised()) || thread.isInterrupted()) {
                return false;
            }
            LockSupport.park(this);
        }
        return true;
    }

    /** Sleeps until woken, which is certain to come, whatever interrupts it. */
    public void sleepRegardless() {
        boolean interrupted = false;
        while (!woken) {
            interrupted |= Thread.interrupted();
            LockSupport.park(this);
        }
        if (interrupted) {
            thread.interrupt();
        }
    }

    /** What an operation returns that ends because its sleep was interrupted: EINTR, negated. The thread is not interrupted any more. */
    public static int interrupted() {
        boolean ignored = Thread.interrupted();
        return -Errno.EINTR.number();
    }
}
