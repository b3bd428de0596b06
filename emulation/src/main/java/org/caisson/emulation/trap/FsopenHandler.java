package org.caisson.emulation.trap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.SyscallNumbers;

/**
 * fsopen(2): the kernel's, always. It is looked at because {@link FsmountHandler} cannot see what a context is of; who
 * changes the name meanwhile is refused there by the kernel (EPERM).
 */
final class FsopenHandler implements TrapHandler {
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
        byte[] type = call.tracee().string(call.argument(0), Tracee.PAGE);
        if (type != null && Kind.of(new String(type, ISO_8859_1)) != null) {
            emulated.newBases().opened();
        }
        return CONTINUE;
    }
}
