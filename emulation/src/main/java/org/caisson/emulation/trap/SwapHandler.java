package org.caisson.emulation.trap;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.SyscallNumbers;

/**
 * swapon(2) and swapoff(2) of who could do so on a machine of its own: done without effect. How much the container may swap is
 * its limit's matter, and scripts that prepare a machine go on.
 */
final class SwapHandler implements TrapHandler {
    private final Emulated emulated;
    private final int systemCall;

    private SwapHandler(Emulated emulated, int systemCall) {
        this.emulated = emulated;
        this.systemCall = systemCall;
    }

    static SwapHandler on(Emulated emulated) {
        return new SwapHandler(emulated, SyscallNumbers.SWAPON);
    }

    static SwapHandler off(Emulated emulated) {
        return new SwapHandler(emulated, SyscallNumbers.SWAPOFF);
    }

    @Override
    public int systemCall() {
        return systemCall;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        Tracee tracee = call.tracee();
        if (!emulated.isContainersRoot(tracee)) {
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
