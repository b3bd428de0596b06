package org.caisson.emulation.trap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.jspecify.annotations.Nullable;

/**
 * umount2(2): an emulated part cannot be taken off (EINVAL), nor what covers a file that the specification hides or makes
 * read-only, nor the container's own {@code /proc} and {@code /sys} (EBUSY). A further procfs or sysfs goes together with its emulated parts.
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
        byte[] path = tracee.string(call.argument(0), Tracee.LONGEST_PATH);
        if (path == null) {
            throw Errno.EFAULT.exception();
        }
        try (Place place = tryResolve(tracee, path, (flags & MountFlags.UMOUNT_NOFOLLOW) == 0)) {
            if (place == null) {
                return CONTINUE;
            }
            if (!place.isMountRoot()) {
                return CONTINUE;
            }
            MountTable table = MountTable.of(tracee.tid());
            if (emulated.covers().hold(table, place.mountId())) {
                throw (tracee.mayMount() ? Errno.EINVAL : Errno.EPERM).exception();
            }
            if (!emulated.isEmulated(place) && !place.mayBeBase()) {
                return CONTINUE;
            }
            if (emulated.isEmulated(place)) {
                return unmountPart(tracee, table, place);
            }
            MountTable.Entry entry = table.find(place.mountId());
            if (entry == null || !entry.isBase() || !table.hasBelow(place.mountId(), emulated.device())) {
                return CONTINUE;
            }
            return unmountBase(call, tracee, table, place, entry, flags);
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

    /** An emulated part stays where it covers the kernel's file; a bind of it that the container made elsewhere may go. */
    private static long unmountPart(Tracee tracee, MountTable table, Place place) throws ErrnoException {
        MountTable.Entry below = table.parentOf(place.mountId());
        MountTable.Entry own = table.find(place.mountId());
        boolean stacked = below != null && own != null && below.isAt(own.mountPoint());
        if (below != null && !below.isBase() && !stacked) {
            return CONTINUE;
        }
        if (!tracee.mayMount()) {
            throw Errno.EPERM.exception();
        }
        throw Errno.EINVAL.exception();
    }

    private long unmountBase(
            TrappedCall call, Tracee tracee, MountTable table, Place place, MountTable.Entry entry, int flags)
            throws ErrnoException {
        if (!tracee.mayMount()) {
            throw Errno.EPERM.exception();
        }
        boolean own = tracee.namespaceInode("mnt") == emulated.initMountNamespace();
        if (own && emulated.isOwnBase(place.mountId())) {
            throw Errno.EBUSY.exception();
        }
        if ((flags & MountFlags.MNT_DETACH) != 0) {
            return CONTINUE;
        }
        if (table.hasOthersBelow(place.mountId(), emulated.device(), emulated.covers())) {
            throw Errno.EBUSY.exception();
        }
        String mountPoint = entry.mountPoint();
        int slash = mountPoint.lastIndexOf('/');
        byte[] parent = mountPoint.substring(0, Math.max(1, slash)).getBytes(ISO_8859_1);
        String name = new String(mountPoint.substring(slash + 1).getBytes(ISO_8859_1), UTF_8);
        try (Place directory = PathWalk.resolve(tracee, parent, true);
                OwnedFd mounts = tracee.namespace("mnt")) {
            // A descriptor would keep the mount busy.
            place.close();
            call.mustStillWait();
            emulated.agent().unmount(kind(entry), mounts, directory.fd(), name, flags);
        }
        return 0;
    }

    static Kind kind(MountTable.Entry base) {
        return base.type().equals("proc") ? Kind.PROC : Kind.SYS;
    }
}
