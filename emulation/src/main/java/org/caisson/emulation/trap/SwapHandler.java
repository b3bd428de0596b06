package org.caisson.emulation.trap;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.SyscallNumbers;

/**
 * swapon(2) and swapoff(2) of who could do so on a machine of its own: done without effect. How much the container may swap is
 * its limit's matter, and scripts that prepare a machine go on.
 */
final class SwapHandler implements TrapHandler {
    private final int systemCall;

    private SwapHandler(int systemCall) {
        this.systemCall = systemCall;
    }

    static SwapHandler on() {
        return new SwapHandler(SyscallNumbers.SWAPON);
    }

    static SwapHandler off() {
        return new SwapHandler(SyscallNumbers.SWAPOFF);
    }

    @Override
    public int systemCall() {
        return systemCall;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        Tracee tracee = call.tracee();
        if (!tracee.isAdministrator()) {
            throw Errno.EPERM.exception();
        }
        byte[] path = tracee.string(call.argument(0), Tracee.LONGEST_PATH);
        if (path == null) {
            throw Errno.EFAULT.exception();
        }
        if (systemCall == SyscallNumbers.SWAPON) {
            // A file that is not there is worth an error in any case.
            PathWalk.resolve(tracee, path, true).close();
        }
        return 0;
    }
}
