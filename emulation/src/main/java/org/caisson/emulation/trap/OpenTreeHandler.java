package org.caisson.emulation.trap;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.caisson.linux.seccomp.ArgumentTest;
import org.jspecify.annotations.Nullable;

/**
 * open_tree(2) with OPEN_TREE_CLONE: a copy of a procfs or sysfs takes the emulated parts along, without which the kernel
 * refuses it (EINVAL). With AT_RECURSIVE it does the same by itself, and is not asked here.
 */
final class OpenTreeHandler implements TrapHandler {
    private static final int PLACES = AtFlags.AT_EMPTY_PATH | AtFlags.AT_NO_AUTOMOUNT | AtFlags.AT_SYMLINK_NOFOLLOW;

    private final Emulated emulated;

    OpenTreeHandler(Emulated emulated) {
        this.emulated = emulated;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.OPEN_TREE;
    }

    @Override
    public ArgumentTest[] tests() {
        int both = MountFlags.OPEN_TREE_CLONE | AtFlags.AT_RECURSIVE;
        return new ArgumentTest[] {ArgumentTest.masked(2, both, MountFlags.OPEN_TREE_CLONE)};
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        return handle(call, null);
    }

    /** With a change of the copy's attributes, for open_tree_attr(2). */
    long handle(TrappedCall call, @Nullable MountAttributes change) throws ErrnoException {
        int flags = (int) call.argument(2);
        if ((flags & ~(PLACES | MountFlags.OPEN_TREE_CLONE | OpenFlags.O_CLOEXEC)) != 0) {
            return CONTINUE;
        }
        Tracee tracee = call.tracee();
        try (Place source = tracee.tryResolveAt((int) call.argument(0), call.argument(1), flags)) {
            if (source == null || emulated.isEmulated(source)) {
                return CONTINUE;
            }
            MountTable table = MountTable.of(tracee.tid());
            MountTable.Entry entry = table.find(source.mountId());
            if (entry == null
                    || !entry.isProcOrSys()
                    || !table.hasBelow(source.mountId(), emulated.device())
                    || !tracee.mayMount()) {
                return CONTINUE;
            }
            try (OwnedFd mounts = tracee.namespace("mnt")) {
                call.mustStillWait();
                try (DetachedTree copy = emulated.agent().copyTree(mounts, source.fd())) {
                    if (change != null) {
                        emulated.agent().changeDetached(mounts, copy.tree(), change);
                    }
                    Kind kind = Umount2Handler.kind(entry);
                    emulated.newBases().keep(kind, source.device(), copy.tree().duplicate());
                    return call.give(copy.root(), (flags & OpenFlags.O_CLOEXEC) != 0);
                }
            }
        }
    }
}
