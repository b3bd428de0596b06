package org.caisson.fuse;

import java.lang.foreign.Arena;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Statx;
import org.jspecify.annotations.Nullable;

/**
 * A connection's device and its mount, made by the new mount API: the mount is attached nowhere at first, so that nothing is left if
 * this process dies. See fsopen(2) and the kernel's {@code Documentation/filesystems/fuse}.
 */
final class FuseMount implements AutoCloseable {
    private static final String DEVICE = "/dev/fuse";
    private static final String CONNECTIONS = "/sys/fs/fuse/connections";
    private static final byte[] ABORT = {'1'};

    private final OwnedFd device;

    /** Kept until the connection was aborted: while the mount exists nobody else gets the number of its connection. */
    private final OwnedFd mount;

    /** The number under which fusectl knows the connection: the minor one of the mount's anonymous device. */
    private final int connection;

    private FuseMount(OwnedFd device, OwnedFd mount, int connection) {
        this.device = device;
        this.mount = mount;
        this.connection = connection;
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
            return new FuseMount(device, mount, connectionNumber(mount));
        } catch (ErrnoException | RuntimeException e) {
            if (mount != null) {
                mount.close();
            }
            device.close();
            throw e;
        }
    }

    /** The minor device number of the mount. Asked for so that the answer needs no request to the server. */
    private static int connectionNumber(OwnedFd mount) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            Statx statx = Statx.allocate(arena);
            FileCalls.statx(mount.number(), "", AtFlags.AT_EMPTY_PATH | AtFlags.AT_STATX_DONT_SYNC, 0, statx);
            return statx.deviceMinor();
        }
    }

    OwnedFd device() {
        return device;
    }

    /** Another descriptor of the mount, which the caller owns. */
    OwnedFd share() throws ErrnoException {
        return mount.duplicate();
    }

    void attach(String path) throws ErrnoException {
        MountCalls.attach(mount.number(), path);
    }

    /** Takes the mount off wherever it is attached now; users of it keep what they hold. */
    void detach() {
        try {
            MountCalls.umount2("/proc/self/fd/" + mount.number(), MountFlags.MNT_DETACH);
        } catch (ErrnoException e) {
            // EINVAL: somebody else took it off already.
            if (e.errno() != Errno.EINVAL) {
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

    /** Ends the connection: who waits for an answer gets ECONNABORTED, and the threads that read the device end. */
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
