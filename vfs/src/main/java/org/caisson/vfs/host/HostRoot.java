package org.caisson.vfs.host;

import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;

/**
 * How the directory is held. Where the caller may, by a detached mount of our own, which shows neither what the host has mounted inside nor
 * what it mounts later, and through which no device of the host can be opened. Otherwise by a plain descriptor.
 *
 * @param detached whether it is such a mount
 */
record HostRoot(OwnedFd descriptor, boolean detached) {
    static HostRoot open(String path, boolean crossMounts) throws ErrnoException {
        try (OwnedFd directory = FileCalls.open(path, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY)) {
            return of(directory, crossMounts);
        }
    }

    /** The given descriptor stays the caller's. */
    static HostRoot of(OwnedFd directory, boolean crossMounts) throws ErrnoException {
        if (crossMounts) {
            return new HostRoot(directory.duplicate(), false);
        }
        try {
            return new HostRoot(detach(directory), true);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EPERM || e.errno() == Errno.EINVAL || e.errno() == Errno.ENOSYS) {
                return new HostRoot(directory.duplicate(), false);
            }
            throw e;
        }
    }

    private static OwnedFd detach(OwnedFd directory) throws ErrnoException {
        OwnedFd tree = MountCalls.openTree(directory.number(), "", MountFlags.OPEN_TREE_CLONE | AtFlags.AT_EMPTY_PATH);
        try {
            MountCalls.mountSetattr(
                    tree.number(),
                    "",
                    AtFlags.AT_EMPTY_PATH,
                    MountFlags.MOUNT_ATTR_NODEV | MountFlags.MOUNT_ATTR_NOSYMFOLLOW,
                    0,
                    MountFlags.MS_PRIVATE,
                    0);
            return tree;
        } catch (ErrnoException e) {
            tree.close();
            throw e;
        }
    }
}
