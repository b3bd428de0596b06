package org.caisson.emulation.trap;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;

/** A system call that waits for our answer. */
interface TrappedCall {
    /** One of the six arguments, as it stood in the register. */
    long argument(int index);

    /** Who calls; opened at the first use. */
    Tracee tracee() throws ErrnoException;

    /**
     * Makes sure that the call still waits, so that what was read about the caller was about the caller.
     *
     * @throws ErrnoException if the caller is gone; its answer no longer matters
     */
    void mustStillWait() throws ErrnoException;

    /**
     * Gives the caller a copy of a descriptor, whose number there is the answer, in one step.
     *
     * @return {@link TrapHandler#ANSWERED}
     */
    long answerWith(OwnedFd descriptor, boolean closeOnExec) throws ErrnoException;
}
