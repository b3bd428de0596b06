package org.caisson.vfs.host;

import java.util.Arrays;
import org.caisson.linux.AtFlags;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.FileHandles;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.caisson.vfs.LastingHandle;
import org.jspecify.annotations.Nullable;

/** By what the host finds files of its root's file system again. */
final class HostHandles {
    private final HostFiles files;

    /** The UUID of the file system. A race costs a second question. */
    private volatile byte @Nullable [] uuid;

    HostHandles(HostFiles files) {
        this.files = files;
    }

    /** The handle of a file; null where the host gives none, and of what it has mounted inside. */
    @Nullable
    LastingHandle of(HostInode inode) {
        if (inode.hostDevice() != files.root().hostDevice()) {
            return null;
        }
        int fd = files.acquire(inode);
        if (fd < 0) {
            return null;
        }
        try {
            return new LastingHandle(uuid(), FileHandles.of(fd));
        } catch (ErrnoException e) {
            return null; // there are no handles here
        } finally {
            files.release(inode);
        }
    }

    /** The number of a file by its handle; 0 if it is of another file system, is no more, or may not be looked for by us. */
    long numberOf(LastingHandle handle) {
        try (OwnedFd root = openRoot();
                Scratch scratch = Scratch.open()) {
            if (!Arrays.equals(handle.fileSystem(), uuid())) {
                return 0;
            }
            try (OwnedFd file = FileHandles.open(root.number(), handle.file())) {
                Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
                int outcome = EntryCalls.statx(
                        file.number(), EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, HostAttributes.MASK, told);
                return outcome < 0 ? 0 : told.inode();
            }
        } catch (ErrnoException e) {
            return 0;
        }
    }

    private byte[] uuid() throws ErrnoException {
        byte[] known = uuid;
        if (known == null) {
            try (OwnedFd root = openRoot()) {
                known = FileHandles.uuidOf(root.number());
            }
            uuid = known;
        }
        return known;
    }

    private OwnedFd openRoot() throws ErrnoException {
        int root = files.acquire(files.root());
        HostFiles.check(root);
        try {
            return FileCalls.openat(root, ".", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
        } finally {
            files.release(files.root());
        }
    }
}
