package org.caisson.emulation.trap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;

/**
 * fsopen(2): a context for a procfs or sysfs is made by the agent, for the caller's namespaces, so that {@link
 * FsmountHandler} knows it again. It is the kernel's own all the same: fsconfig(2) needs nobody's help.
 */
final class FsopenHandler implements TrapHandler {
    private static final int FSOPEN_CLOEXEC = 1;

    private final Emulated emulated;

    FsopenHandler(Emulated emulated) {
        this.emulated = emulated;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.FSOPEN;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        int flags = (int) call.argument(1);
        Tracee tracee = call.tracee();
        // Before its memory is read, for which it may make us wait.
        if (!tracee.mayMount()) {
            return CONTINUE;
        }
        byte[] type = tracee.string(call.argument(0), Tracee.PAGE);
        Kind kind = type == null ? null : Kind.of(new String(type, ISO_8859_1));
        if (kind == null || (flags & ~FSOPEN_CLOEXEC) != 0) {
            return CONTINUE;
        }
        try (OwnedFd pids = tracee.namespace("pid");
                OwnedFd network = tracee.namespace("net")) {
            call.mustStillWait();
            try (OwnedFd context = emulated.agent().open(kind, pids, network)) {
                emulated.newBases().opened(kind, context.duplicate());
                return call.give(context, (flags & FSOPEN_CLOEXEC) != 0);
            }
        }
    }
}
