package org.caisson.fuse;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.StatMount;
import org.caisson.linux.Statx;
import org.jspecify.annotations.Nullable;

/**
 * A connection's device and its mount, made by the new mount API: the mount is attached nowhere at first, so that nothing is left if
 * this process dies. See fsopen(2) and the kernel's {@code Documentation/filesystems/fuse}.
 */
final class FuseMount implements AutoCloseable {
    private static final String DEVICE = "/dev/fuse";
    private static final String CONNECTIONS = "/sys/fs/fuse/connections";
    private static final int LONGEST_PATH = 8192;
    private static final byte[] ABORT = {'1'};

    private final OwnedFd device;

    /** Open as long as the mount is attached nowhere by us: it would keep who unmounts from doing so. */
    private final OwnedFd mount;

    /** The number under which fusectl knows the connection: the minor one of the mount's anonymous device. */
    private final int connection;

    /** The number of the mount that no other mount ever gets. */
    private final long mountId;

    private FuseMount(OwnedFd device, OwnedFd mount, int connection, long mountId) {
        this.device = device;
        this.mount = mount;
        this.connection = connection;
        this.mountId = mountId;
    }

    /** Opens the device and mounts it. */
    static FuseMount create(String name, boolean allowOther, boolean defaultPermissions, int attributes)
            throws ErrnoException {
        OwnedFd device = FileCalls.open(DEVICE, OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
        @Nullable OwnedFd mount = null;
        try (OwnedFd context = MountCalls.fsopen("fuse")) {
            int fd = context.number();
            MountCalls.fsconfigString(fd, "source", name);
            MountCalls.fsconfigString(fd, "subtype", "caisson");
            MountCalls.fsconfigString(fd, "fd", Integer.toString(device.number()));
            MountCalls.fsconfigString(fd, "rootmode", "40000");
            MountCalls.fsconfigString(fd, "user_id", "0");
            MountCalls.fsconfigString(fd, "group_id", "0");
            if (allowOther) {
                MountCalls.fsconfigFlag(fd, "allow_other");
            }
            if (defaultPermissions) {
                MountCalls.fsconfigFlag(fd, "default_permissions");
            }
            MountCalls.fsconfigCreate(fd);
            mount = MountCalls.fsmount(fd, attributes);
            return of(device, mount);
        } catch (ErrnoException | RuntimeException e) {
            if (mount != null) {
                mount.close();
            }
            device.close();
            throw e;
        }
    }

    /** Goes on with a mount whose device and mount others have kept, and which this takes over. */
    static FuseMount resume(OwnedFd device, OwnedFd mount) throws ErrnoException {
        return of(device, mount);
    }

    /** Asks for the mount's numbers so that the answer needs no request to the server. */
    private static FuseMount of(OwnedFd device, OwnedFd mount) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            Statx statx = Statx.allocate(arena);
            int flags = AtFlags.AT_EMPTY_PATH | AtFlags.AT_STATX_DONT_SYNC;
            FileCalls.statx(mount.number(), "", flags, Statx.STATX_MNT_ID_UNIQUE, statx);
            return new FuseMount(device, mount, statx.deviceMinor(), statx.mountId());
        }
    }

    OwnedFd device() {
        return device;
    }

    /** The number of the mount, as STATX_MNT_ID_UNIQUE has it. */
    long mountId() {
        return mountId;
    }

    /** Another descriptor of the mount, which the caller owns. */
    OwnedFd share() throws ErrnoException {
        return mount.duplicate();
    }

    void attach(String path) throws ErrnoException {
        MountCalls.attach(mount.number(), path);
        mount.close();
    }

    /** Takes off what was attached, wherever it is now, if nobody else did and nothing covers it; users of it keep what they hold. */
    void detach() {
        try (Arena arena = Arena.ofConfined()) {
            StatMount place = StatMount.allocate(arena, LONGEST_PATH);
            MountCalls.statmount(mountId, StatMount.STATMOUNT_MNT_POINT, place);
            String path = new String(place.mountPoint(), StandardCharsets.UTF_8);
            Statx top = Statx.allocate(arena);
            int flags = AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_STATX_DONT_SYNC;
            FileCalls.statx(AtFlags.AT_FDCWD, path, flags, Statx.STATX_MNT_ID_UNIQUE, top);
            if (top.mountId() == mountId) {
                MountCalls.umount2(path, MountFlags.MNT_DETACH | MountFlags.UMOUNT_NOFOLLOW);
            }
        } catch (ErrnoException e) {
            // ENOENT, EINVAL: somebody else took it off.
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.EINVAL) {
                System.getLogger(FuseMount.class.getName())
                        .log(System.Logger.Level.WARNING, "cannot unmount a FUSE mount", e);
            }
        }
    }

    /** Lets go of the mount; it exists for as long as it is attached somewhere or others hold it. The device stays open. */
    @Override
    public void close() {
        mount.close();
    }

    /**
     * Ends the connection, which must not have ended before (its number might be another's by now): who waits for an answer gets
     * ECONNABORTED, and the threads that read the device end.
     */
    void abort() throws ErrnoException {
        String file = connection + "/abort";
        try {
            FileCalls.writeFile(CONNECTIONS + "/" + file, ABORT);
        } catch (ErrnoException e) {
            abortByOwnControl(file);
        }
    }

    /** With a private view of fusectl, for where it is not mounted. A file that is missing means: the connection has ended. */
    private static void abortByOwnControl(String file) throws ErrnoException {
        try (OwnedFd context = MountCalls.fsopen("fusectl")) {
            MountCalls.fsconfigCreate(context.number());
            try (OwnedFd control = MountCalls.fsmount(context.number(), 0);
                    OwnedFd abort =
                            FileCalls.openat(control.number(), file, OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC, 0)) {
                FileCalls.writeFully(abort.number(), ABORT);
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }
}
