package org.caisson.emulation.trap;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.seccomp.ArgumentTest;

/**
 * mount_setattr(2) of a single mount: a change of a base's attributes reaches its emulated parts. What the specification
 * covers stays as it is. With AT_RECURSIVE the kernel does all there is to do, and is not asked here.
 */
final class MountSetattrHandler implements TrapHandler {
    private static final int PLACES = AtFlags.AT_EMPTY_PATH | AtFlags.AT_NO_AUTOMOUNT | AtFlags.AT_SYMLINK_NOFOLLOW;

    private final Emulated emulated;

    MountSetattrHandler(Emulated emulated) {
        this.emulated = emulated;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.MOUNT_SETATTR;
    }

    @Override
    public ArgumentTest[] tests() {
        return new ArgumentTest[] {ArgumentTest.masked(2, AtFlags.AT_RECURSIVE, 0)};
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        int flags = (int) call.argument(2);
        Tracee tracee = call.tracee();
        MountAttributes change = MountAttributes.of(tracee, call.argument(3), call.argument(4));
        if (change == null || !change.reachesParts() || (flags & ~PLACES) != 0) {
            return CONTINUE;
        }
        try (Place target = tracee.tryResolveAt((int) call.argument(0), call.argument(1), flags)) {
            if (target == null || !target.isMountRoot() || !target.mayBeBase() || !tracee.mayMount()) {
                return CONTINUE;
            }
            MountTable table = MountTable.of(tracee.tid());
            MountTable.Entry entry = table.find(target.mountId());
            if (entry == null) {
                return changeDetached(call, target, change);
            }
            if (!entry.isBase() || !table.hasBelow(target.mountId(), emulated.device())) {
                return CONTINUE;
            }
            try (OwnedFd mounts = tracee.namespace("mnt")) {
                call.mustStillWait();
                Kind kind = Umount2Handler.kind(entry);
                emulated.agent().change(kind, mounts, target.fd(), change.set(), change.clear());
            }
            // Once more, for what is not the parts' affair.
            return change.propagation() != 0 ? CONTINUE : 0;
        }
    }

    /** What is attached nowhere stands in no table. */
    private long changeDetached(TrappedCall call, Place target, MountAttributes change) throws ErrnoException {
        if (emulated.newBases().kindOf(target.device()) == null) {
            return CONTINUE;
        }
        try (OwnedFd mounts = call.tracee().namespace("mnt")) {
            call.mustStillWait();
            emulated.agent().changeDetached(mounts, target.fd(), change);
        }
        return 0;
    }
}
