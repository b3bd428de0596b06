package org.caisson.emulation.trap;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.seccomp.ArgumentTest;

/** Answers for one system call. */
interface TrapHandler {
    /** The answer that leaves the call to the kernel. */
    long CONTINUE = Long.MIN_VALUE;

    /** The call has been answered already, see {@link TrappedCall#give}. */
    long ANSWERED = Long.MIN_VALUE + 1;

    /** The number of the system call. */
    int systemCall();

    /** What must hold of the arguments' registers for the call to be trapped; none for all calls. */
    default ArgumentTest[] tests() {
        return new ArgumentTest[0];
    }

    /**
     * Decides what a call gives.
     *
     * @return the caller's result, {@link #CONTINUE} or {@link #ANSWERED}
     * @throws ErrnoException the caller's errno
     */
    long handle(TrappedCall call) throws ErrnoException;
}
