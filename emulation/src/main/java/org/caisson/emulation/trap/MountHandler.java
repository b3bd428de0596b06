package org.caisson.emulation.trap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.caisson.emulation.trap.MountAgent.Kind;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.SyscallNumbers;
import org.jspecify.annotations.Nullable;

/**
 * mount(2): a new procfs or sysfs comes with the emulated parts in place, and so does a bind of one. Which operation a
 * call means is decided in the order of {@code path_mount} in {@code fs/namespace.c}.
 *
 * <p>This is a service, not the protection: the parts are locked where they are, so whatever is left to the kernel, be it
 * by a caller that changes its arguments meanwhile, is refused by it if it would let the kernel's own files show through:
 * a bind without them (EINVAL), and a new procfs or sysfs where none is to be seen uncovered (EPERM).
 */
final class MountHandler implements TrapHandler {
    private static final int MAGIC_MASK = 0xffff0000;
    private static final int MAGIC = 0xc0ed0000;
    private static final int PROPAGATION =
            MountFlags.MS_SHARED | MountFlags.MS_PRIVATE | MountFlags.MS_SLAVE | MountFlags.MS_UNBINDABLE;

    private final Emulated emulated;

    MountHandler(Emulated emulated) {
        this.emulated = emulated;
    }

    @Override
    public int systemCall() {
        return SyscallNumbers.MOUNT;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        int flags = (int) call.argument(3);
        if ((flags & MAGIC_MASK) == MAGIC) {
            flags &= ~MAGIC_MASK;
        }
        if ((flags & MountFlags.MS_REMOUNT) != 0) {
            return remount(call, flags);
        }
        if ((flags & MountFlags.MS_BIND) != 0) {
            return bind(call, flags);
        }
        if ((flags & PROPAGATION) != 0) {
            return CONTINUE;
        }
        if ((flags & MountFlags.MS_MOVE) != 0) {
            // A locked part stays where it is (EINVAL).
            return CONTINUE;
        }
        return newMount(call, flags);
    }

    /** A new procfs or sysfs, with the caller's pid and network namespaces. */
    private long newMount(TrappedCall call, int flags) throws ErrnoException {
        Tracee tracee = call.tracee();
        if (!tracee.mayMount()) {
            // The kernel knows what the caller may see of the path, and says so or EPERM.
            return CONTINUE;
        }
        byte[] type = tracee.string(call.argument(2), Tracee.PAGE);
        Kind kind = type == null ? null : Kind.of(new String(type, ISO_8859_1));
        if (kind == null) {
            return CONTINUE;
        }
        String options = new String(tracee.mountData(call.argument(4)), ISO_8859_1);
        try (Place target = resolve(tracee, call.argument(1));
                OwnedFd mounts = tracee.namespace("mnt");
                OwnedFd pids = tracee.namespace("pid");
                OwnedFd network = tracee.namespace("net")) {
            if (!tracee.mayAdminister(kind == Kind.PROC ? pids : network)) {
                throw Errno.EPERM.exception();
            }
            call.mustStillWait();
            emulated.agent().mount(kind, options, attributes(flags), mounts, pids, network, target.fd());
        }
        return 0;
    }

    /** A bind of a procfs or sysfs takes the emulated parts along; one of an emulated part onto itself is done already. */
    private long bind(TrappedCall call, int flags) throws ErrnoException {
        Tracee tracee = call.tracee();
        try (Place target = tryResolve(tracee, call.argument(1));
                Place source = tryResolve(tracee, call.argument(0))) {
            if (target == null || source == null) {
                return CONTINUE;
            }
            if (emulated.isEmulated(source)) {
                return source.isMountRoot() && source.isSame(target) ? 0 : CONTINUE;
            }
            if ((flags & MountFlags.MS_REC) != 0) {
                return CONTINUE;
            }
            MountTable table = MountTable.of(tracee.tid());
            if (!table.hasBelow(source.mountId(), emulated.device())
                    || !table.isProcOrSys(source.mountId())
                    || !tracee.mayMount()) {
                return CONTINUE;
            }
            try (OwnedFd mounts = tracee.namespace("mnt")) {
                call.mustStillWait();
                emulated.agent().bind(mounts, source.fd(), target.fd());
            }
            return 0;
        }
    }

    /** A change of a base's flags reaches its emulated parts. What the specification covers stays read-only. */
    private long remount(TrappedCall call, int flags) throws ErrnoException {
        Tracee tracee = call.tracee();
        boolean bindOnly = (flags & MountFlags.MS_BIND) != 0;
        if (!bindOnly && tracee.mountData(call.argument(4)).length > 0) {
            return CONTINUE;
        }
        try (Place target = tryResolve(tracee, call.argument(1))) {
            if (target == null || !target.isMountRoot()) {
                return CONTINUE;
            }
            MountTable table = MountTable.of(tracee.tid());
            MountTable.Entry entry = table.find(target.mountId());
            if (entry == null
                    || !entry.isBase()
                    || !table.hasBelow(target.mountId(), emulated.device())
                    || !tracee.mayMount()) {
                return CONTINUE;
            }
            long set = attributes(flags);
            try (OwnedFd mounts = tracee.namespace("mnt")) {
                call.mustStillWait();
                emulated.agent()
                        .change(
                                Umount2Handler.kind(entry),
                                mounts,
                                target.fd(),
                                set,
                                MountAttributes.CHANGEABLE & ~set);
            }
            return 0;
        }
    }

    private static Place resolve(Tracee tracee, long address) throws ErrnoException {
        byte[] path = tracee.string(address, Tracee.LONGEST_PATH);
        if (path == null) {
            throw Errno.EFAULT.exception();
        }
        return PathWalk.resolve(tracee, path, true);
    }

    /** Null where the path leads nowhere for us: the kernel, which knows the caller's rights, tells the caller why. */
    private static @Nullable Place tryResolve(Tracee tracee, long address) {
        try {
            return resolve(tracee, address);
        } catch (ErrnoException unresolved) {
            return null;
        }
    }

    /** The flags of mount(2) that belong to the mount, as attributes of fsmount(2). Access times are left as they are. */
    static long attributes(int flags) {
        return bit(flags, MountFlags.MS_RDONLY, MountFlags.MOUNT_ATTR_RDONLY)
                | bit(flags, MountFlags.MS_NOSUID, MountFlags.MOUNT_ATTR_NOSUID)
                | bit(flags, MountFlags.MS_NODEV, MountFlags.MOUNT_ATTR_NODEV)
                | bit(flags, MountFlags.MS_NOEXEC, MountFlags.MOUNT_ATTR_NOEXEC)
                | bit(flags, MountFlags.MS_NOSYMFOLLOW, MountFlags.MOUNT_ATTR_NOSYMFOLLOW);
    }

    private static long bit(int flags, int flag, int attribute) {
        return (flags & flag) != 0 ? attribute : 0;
    }
}
