package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Scratch;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.Name;

/** Removes names on the host, as {@link HostCreation} makes them. */
final class HostRemoval {
    private static final int DONE = 0;
    private static final int AGAIN = HostFileSystem.LOOK_AGAIN;

    private final HostFileSystem fileSystem;
    private final HostFiles files;
    private final HostDentries dentries;

    HostRemoval(HostFileSystem fileSystem, HostFiles files, HostDentries dentries) {
        this.fileSystem = fileSystem;
        this.files = files;
        this.dentries = dentries;
    }

    int remove(HostDentry directory, HostDentry victim, Name name, int flags) throws ErrnoException {
        HostInode inode = victim.file();
        int fd = files.acquire(directory.file());
        if (fd < 0) {
            return fd;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment nativeName = HostDescriptors.nativeName(scratch, name);
            int version = inode.version();
            boolean last = files.isLastName(inode);
            boolean kept = last && inode.isUsed() && files.acquire(inode) >= 0;
            int outcome;
            synchronized (directory) {
                outcome = directory.child(name) == victim
                        ? unlink(directory, victim, fd, nativeName, flags, version, last, kept)
                        : AGAIN;
            }
            if (outcome != DONE && kept) {
                files.release(inode);
            }
            return outcome;
        } finally {
            files.release(directory.file());
        }
    }

    private int unlink(
            HostDentry directory,
            HostDentry victim,
            int fd,
            MemorySegment name,
            int flags,
            int version,
            boolean last,
            boolean kept) {
        FileSystemObserver observer = fileSystem.begin();
        try {
            int outcome = EntryCalls.unlinkat(fd, name, flags);
            if (outcome == DONE) {
                dentries.removed(directory, victim);
                lose(victim.file(), version, last, kept);
                if (observer != null) {
                    observer.removed(victim);
                }
            }
            return outcome;
        } finally {
            fileSystem.end(observer);
        }
    }

    /**
     * Notes that a file lost a name, which is not known any more.
     *
     * @param version that of the file before it was asked for its links
     * @param last whether it had no further name by then
     * @param kept whether its descriptor was kept for its descriptions
     */
    static void lose(HostInode inode, int version, boolean last, boolean kept) {
        if (last) {
            inode.lost(kept);
            // Who gives a name meanwhile changes the version, knows the name, and then looks whether the file is lost.
            if (inode.version() != version && inode.alias(null) != null) {
                inode.found();
            }
        }
        inode.changed();
    }
}
