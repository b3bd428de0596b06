package org.caisson.emulation.trap;

import org.caisson.linux.ErrnoException;

/** Answers for one system call. */
interface TrapHandler {
    /** The answer that leaves the call to the kernel. */
    long CONTINUE = Long.MIN_VALUE;

    /** The answer that was given already. */
    long ANSWERED = Long.MIN_VALUE + 1;

    /** The number of the system call. */
    int systemCall();

    /**
     * Decides what a call gives.
     *
     * @return the caller's result, {@link #CONTINUE}, or {@link #ANSWERED}
     * @throws ErrnoException the caller's errno
     */
    long handle(TrappedCall call) throws ErrnoException;
}
