package org.caisson.vfs;

import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells walks that mounts changed while they were under way (the kernel's {@code mount_lock}).
 *
 * <p>The number is odd while a holder of the mount lock changes what walks read. A walk that took no lock is right if the
 * number is the same before and after.
 */
final class MountSequence {
    /** So long a walk waits for the end of a change without giving its processor away. */
    private static final int SPINS = 256;

    private static final long PAUSE_NANOS = 20_000;

    /** Written under the mount lock. */
    private volatile int number;

    /** Changes begun and not ended, for changes within changes. */
    private int depth;

    /** The number to compare with at the end of a walk. */
    int begin() {
        int seen = number;
        return (seen & 1) == 0 ? seen : await();
    }

    private int await() {
        int spins = 0;
        int seen = number;
        while ((seen & 1) != 0) {
            if (++spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
            seen = number;
        }
        return seen;
    }

    /** Whether mounts changed since, so that what was read meanwhile does not count. */
    boolean changedSince(int begun) {
        VarHandle.acquireFence();
        return number != begun;
    }

    /** Before a holder of the mount lock changes something. */
    void beginChange() {
        if (depth++ == 0) {
            advance();
            VarHandle.fullFence();
        }
    }

    /** After the change. */
    void endChange() {
        if (--depth == 0) {
            advance();
        }
    }

    private void advance() {
        int present = number;
        number = present + 1;
    }
}
