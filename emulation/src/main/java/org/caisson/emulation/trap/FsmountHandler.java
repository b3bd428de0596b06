package org.caisson.emulation.trap;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatFs;
import org.caisson.linux.SyscallNumbers;
import org.jspecify.annotations.Nullable;

/**
 * fsmount(2): a new procfs or sysfs comes with the emulated parts in place; the kernel would refuse it (EPERM), for all
 * that the container sees of these is covered. The context is the caller's, and so are its options and namespaces.
 *
 * <p>While such a context is open somewhere, all go this way, for only what was mounted tells what it is.
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
        NewBases bases = emulated.newBases();
        if (!bases.mayBeOpen()
                || (flags & ~FSMOUNT_CLOEXEC) != 0
                || (attributes & ~VALID) != 0
                || !call.tracee().mayMount()) {
            return CONTINUE;
        }
        try (OwnedFd context = call.tracee().copyOf((int) call.argument(0))) {
            call.mustStillWait();
            try (Place mount = Place.of(emulated.agent().fsmount(context, attributes))) {
                Kind kind = kindOf(mount);
                boolean closeOnExec = (flags & FSMOUNT_CLOEXEC) != 0;
                if (kind == null) {
                    bases.other();
                    return call.give(mount.fd(), closeOnExec);
                }
                bases.mounted(kind, mount.device());
                long lasting = attributes & MountAttributes.CHANGEABLE;
                try (OwnedFd covered = emulated.agent().cover(kind, mount.fd(), lasting)) {
                    return call.give(covered, closeOnExec);
                }
            }
        }
    }

    /** Of what nobody has seen yet. */
    private static @Nullable Kind kindOf(Place mount) throws ErrnoException {
        if (!mount.mayBeBase()) {
            return null;
        }
        try (Scratch scratch = Scratch.open()) {
            StatFs stat = StatFs.wrap(scratch.allocate(StatFs.SIZE));
            FileCalls.fstatfs(mount.fd().number(), stat);
            if (stat.type() == StatFs.PROC_SUPER_MAGIC) {
                return Kind.PROC;
            }
            return stat.type() == StatFs.SYSFS_MAGIC ? Kind.SYS : null;
        }
    }
}
