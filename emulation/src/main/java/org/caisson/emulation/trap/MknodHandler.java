package org.caisson.emulation.trap;

import java.util.Arrays;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Capabilities;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatMode;
import org.caisson.linux.SyscallNumbers;
import org.jspecify.annotations.Nullable;

/**
 * mknod(2) of the devices that do no harm. A node on a file system that a user namespace mounted opens nothing, whoever made it
 * ({@code SB_I_NODEV}), and an overlay makes none with the rights of a container. So the caller gets an empty file of its own
 * with the host's device mounted over it, as programs that know of this do by themselves. Every other node is the kernel's
 * matter: it makes overlay whiteouts, pipes and sockets, and refuses devices (EPERM).
 */
final class MknodHandler implements TrapHandler {
    /** Numbers as of {@code linux/kdev_t.h} for small majors and minors; {@code admin-guide/devices.txt} names them. */
    private static @Nullable String path(int device) {
        return switch (device) {
            case 0x103 -> "/dev/null";
            case 0x105 -> "/dev/zero";
            case 0x107 -> "/dev/full";
            case 0x108 -> "/dev/random";
            case 0x109 -> "/dev/urandom";
            case 0x500 -> "/dev/tty";
            default -> null;
        };
    }

    private static final int PERMISSIONS = 07777;
    private static final int NEW_FILE =
            OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC;

    private final Emulated emulated;
    private final boolean at;

    private MknodHandler(Emulated emulated, boolean at) {
        this.emulated = emulated;
        this.at = at;
    }

    static MknodHandler mknod(Emulated emulated) {
        return new MknodHandler(emulated, false);
    }

    static MknodHandler mknodat(Emulated emulated) {
        return new MknodHandler(emulated, true);
    }

    @Override
    public int systemCall() {
        return at ? SyscallNumbers.MKNODAT : SyscallNumbers.MKNOD;
    }

    @Override
    public long handle(TrappedCall call) throws ErrnoException {
        int first = at ? 1 : 0;
        int mode = (int) call.argument(first + 1) & 0xffff;
        String device = path((int) call.argument(first + 2));
        if ((mode & StatMode.S_IFMT) != StatMode.S_IFCHR || device == null) {
            return CONTINUE;
        }
        Tracee tracee = call.tracee();
        if (!tracee.hasEffective(Capabilities.CAP_MKNOD) || !tracee.mayMount()) {
            return CONTINUE;
        }
        byte[] path = tracee.string(call.argument(first), Tracee.LONGEST_PATH);
        byte[] name = path == null ? null : lastName(path);
        if (path == null || name == null) {
            return CONTINUE;
        }
        int directory = at ? (int) call.argument(0) : AtFlags.AT_FDCWD;
        FileRights.Ids ids = tracee.fileIds();
        try (OwnedFd mounts = tracee.namespace("mnt");
                Place parent = parentFor(tracee, ids, directory, Arrays.copyOf(path, path.length - name.length))) {
            call.mustStillWait();
            return make(mounts, parent, name, mode & PERMISSIONS & ~ids.umask(), ids, device);
        }
    }

    /** Who is not root of the container itself gets no further by us than by itself. */
    private Place parentFor(Tracee tracee, FileRights.Ids ids, int directory, byte[] path) throws ErrnoException {
        if (emulated.isContainersRoot(tracee)) {
            return parent(tracee, directory, path);
        }
        // These are opened with our rights, and only once.
        tracee.root();
        tracee.workingDirectory();
        return FileRights.with(ids, 0, () -> parent(tracee, directory, path));
    }

    private long make(OwnedFd mounts, Place parent, byte[] name, int mode, FileRights.Ids ids, String device)
            throws ErrnoException {
        try (OwnedFd tree = privateClone(device);
                OwnedFd file = FileRights.with(ids, 0, () -> create(parent, name, mode))) {
            try (OwnedFd target =
                    FileCalls.open("/proc/self/fd/" + file.number(), OpenFlags.O_PATH | OpenFlags.O_CLOEXEC)) {
                emulated.agent().attach(mounts, tree, target);
                return 0;
            } catch (ErrnoException refused) {
                FileRights.with(ids, 0, () -> remove(parent, name));
                throw Errno.EPERM.exception();
            }
        }
    }

    /** It shares nothing with the host's: what is mounted over it is mounted over it alone. */
    private static OwnedFd privateClone(String device) throws ErrnoException {
        OwnedFd tree = MountCalls.openTree(AtFlags.AT_FDCWD, device, MountFlags.OPEN_TREE_CLONE);
        try {
            long harmless = MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NOEXEC;
            MountCalls.mountSetattr(tree.number(), "", AtFlags.AT_EMPTY_PATH, harmless, 0, MountFlags.MS_PRIVATE, 0);
            return tree;
        } catch (ErrnoException failure) {
            tree.close();
            throw failure;
        }
    }

    private static OwnedFd create(Place parent, byte[] name, int mode) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            OwnedFd file = FileCalls.openat(parent.fd().number(), scratch.string(name), NEW_FILE, 0600);
            int changed = EntryCalls.fchmod(file.number(), mode);
            if (changed < 0) {
                file.close();
                throw ErrnoException.ofResult(changed, "chmod a device");
            }
            return file;
        }
    }

    private static Boolean remove(Place parent, byte[] name) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            FileCalls.unlinkat(parent.fd().number(), scratch.string(name), 0);
        }
        return true;
    }

    private static Place parent(Tracee tracee, int directory, byte[] path) throws ErrnoException {
        byte[] prefix = path.length == 0 ? new byte[] {'.'} : path;
        if (prefix[0] == '/' || directory == AtFlags.AT_FDCWD) {
            return PathWalk.resolve(tracee, prefix, true);
        }
        try (OwnedFd start = tracee.descriptor(directory)) {
            return PathWalk.resolve(tracee, start, prefix, true);
        }
    }

    /** What is to be made, or null where the kernel finds that nothing can be. */
    private static byte @Nullable [] lastName(byte[] path) {
        int start = path.length;
        while (start > 0 && path[start - 1] != '/') {
            start--;
        }
        byte[] name = Arrays.copyOfRange(path, start, path.length);
        boolean dots = name.length <= 2 && name.length > 0 && name[0] == '.' && name[name.length - 1] == '.';
        return name.length == 0 || dots ? null : name;
    }
}
