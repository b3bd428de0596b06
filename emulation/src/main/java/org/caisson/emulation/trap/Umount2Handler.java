package org.caisson.emulation.trap;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.jspecify.annotations.Nullable;

/**
 * umount2(2): the kernel itself keeps emulated parts in their places (EINVAL), for they are locked there. The container's
 * own {@code /proc} and {@code /sys} cannot be taken off (EBUSY). A further procfs or sysfs goes together with its parts,
 * for which the caller could ask with MNT_DETACH only.
 */
final class Umount2Handler implements TrapHandler {
    private final Emulated emulated;

    Umount2Handler(Emulated emulated) {
        this.emulated = emulated;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.UMOUNT2;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        int flags = (int) call.argument(1);
        Tracee tracee = call.tracee();
        // Before its memory is read, for which it may make us wait.
        if (!tracee.mayMount()) {
            return CONTINUE;
        }
        byte[] path = tracee.string(call.argument(0), Tracee.LONGEST_PATH);
        if (path == null) {
            throw Errno.EFAULT.exception();
        }
        try (Place place = tryResolve(tracee, path, (flags & MountFlags.UMOUNT_NOFOLLOW) == 0)) {
            if (place == null || !place.isMountRoot() || !place.mayBeBase()) {
                return CONTINUE;
            }
            MountTable table = MountTable.of(tracee.tid());
            MountTable.Entry entry = table.find(place.mountId());
            if (entry == null || !entry.isBase() || !table.hasBelow(place.mountId(), emulated.device())) {
                return CONTINUE;
            }
            return unmountBase(call, tracee, table, place, flags);
        }
    }

    /** Null where the path leads nowhere for us: the kernel, which knows the caller's rights, tells the caller why. */
    private static @Nullable Place tryResolve(Tracee tracee, byte[] path, boolean follow) {
        try {
            return PathWalk.resolve(tracee, path, follow);
        } catch (ErrnoException unresolved) {
            return null;
        }
    }

    private long unmountBase(TrappedCall call, Tracee tracee, MountTable table, Place place, int flags)
            throws ErrnoException {
        long namespace = tracee.namespaceInode("mnt");
        if (namespace == emulated.initMountNamespace() && emulated.isOwnBase(place.mountId())) {
            throw Errno.EBUSY.exception();
        }
        if ((flags & (MountFlags.MNT_DETACH | MountFlags.MNT_EXPIRE)) != 0) {
            return CONTINUE;
        }
        if (table.hasOthersBelow(place.mountId(), emulated.device(), emulated.covers())
                || MountUsers.exist(place.mountId(), namespace)) {
            throw Errno.EBUSY.exception();
        }
        try (OwnedFd mounts = tracee.namespace("mnt")) {
            call.mustStillWait();
            emulated.agent().detach(mounts, place.fd());
        }
        return 0;
    }

    static Kind kind(MountTable.Entry base) {
        return base.type().equals("proc") ? Kind.PROC : Kind.SYS;
    }
}
