package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MountCalls;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;

/**
 * What a container writes over the layers of its image: the upper and the work directory of an overlay, on a mount that the keeper makes
 * and holds. The container shows it nowhere but through its overlay, and keeps it when its mount namespace has let go of it, so that
 * others can look at it as long as the keeper lives.
 */
record WritableLayer(OwnedFd mount) implements AutoCloseable {
    static final String UPPER = "upper";
    static final String WORK = "work";

    /** How the one of a container is made, whose top has certain permissions. */
    @FunctionalInterface
    interface Maker {
        WritableLayer make(int mode) throws IOException;
    }

    /** A fresh one in memory, whose top belongs to the container's root. */
    static WritableLayer inMemory(int mode, IdMaps ids) throws IOException {
        try (OwnedFd context = MountCalls.fsopen("tmpfs")) {
            MountCalls.fsconfigString(context.number(), "mode", "0755");
            MountCalls.fsconfigCreate(context.number());
            int attributes = MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV;
            OwnedFd mount = MountCalls.fsmount(context.number(), attributes);
            try {
                makeDirectories(mount, mode, ids);
                return new WritableLayer(mount);
            } catch (IOException e) {
                mount.close();
                throw e;
            }
        } catch (ErrnoException e) {
            throw new ContainerException("the container's memory layer cannot be made: " + e.getMessage(), e);
        }
    }

    /** A fresh one on disk, in a directory that holds nothing else. */
    static WritableLayer onDisk(Path directory, int mode, IdMaps ids) throws IOException {
        try {
            OwnedFd mount = MountCalls.openTree(
                    AtFlags.AT_FDCWD, directory.toString(), MountFlags.OPEN_TREE_CLONE | OpenFlags.O_CLOEXEC);
            try {
                MountCalls.mountSetattr(
                        mount.number(),
                        "",
                        AtFlags.AT_EMPTY_PATH,
                        MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NODEV,
                        0,
                        MountFlags.MS_PRIVATE,
                        0);
                makeDirectories(mount, mode, ids);
                return new WritableLayer(mount);
            } catch (IOException e) {
                mount.close();
                throw e;
            }
        } catch (ErrnoException e) {
            throw new ContainerException(
                    "the container's layer in " + directory + " cannot be made: " + e.getMessage(), e);
        }
    }

    private static void makeDirectories(OwnedFd mount, int mode, IdMaps ids) throws IOException {
        FileCalls.mkdirat(mount.number(), UPPER, 0700);
        FileCalls.fchownat(
                mount.number(), UPPER, (int) ids.rootUid(), (int) ids.rootGid(), AtFlags.AT_SYMLINK_NOFOLLOW);
        FileCalls.fchmodat(mount.number(), UPPER, mode, 0);
        FileCalls.mkdirat(mount.number(), WORK, 0755);
    }

    @Override
    public void close() {
        mount.close();
    }
}
