package org.caisson.emulation.trap;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;

/**
 * fsmount(2): a new procfs or sysfs comes with the emulated parts in place; the kernel would refuse it (EPERM), for all
 * that the container sees of these is covered. The context is the caller's, and so are its options and namespaces.
 */
final class FsmountHandler implements TrapHandler {
    private static final int FSMOUNT_CLOEXEC = 1;
    private static final long VALID =
            MountAttributes.CHANGEABLE | MountFlags.MOUNT_ATTR__ATIME | MountFlags.MOUNT_ATTR_NODIRATIME;

    private final Emulated emulated;

    FsmountHandler(Emulated emulated) {
        this.emulated = emulated;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.FSMOUNT;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        int flags = (int) call.argument(1);
        long attributes = call.argument(2) & 0xffff_ffffL;
        int descriptor = (int) call.argument(0);
        Tracee tracee = call.tracee();
        NewBases bases = emulated.newBases();
        Kind kind = bases.contextOf(tracee.tid(), descriptor);
        if (kind == null || (flags & ~FSMOUNT_CLOEXEC) != 0 || (attributes & ~VALID) != 0 || !tracee.mayMount()) {
            return CONTINUE;
        }
        try (OwnedFd context = tracee.copyOf(descriptor)) {
            call.mustStillWait();
            long lasting = attributes & MountAttributes.CHANGEABLE;
            try (DetachedTree mounted = emulated.agent().fsmount(kind, context, lasting)) {
                bases.mounted(tracee.tid(), descriptor);
                bases.keep(kind, Place.deviceOf(mounted.root()), mounted.tree().duplicate());
                return call.give(mounted.root(), (flags & FSMOUNT_CLOEXEC) != 0);
            }
        }
    }
}
