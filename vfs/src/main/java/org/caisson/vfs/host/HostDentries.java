package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.caisson.vfs.Name;
import org.caisson.vfs.RememberedNames;
import org.jspecify.annotations.Nullable;

/** The names of the host as far as they are known here: found when a walk first comes to them, and found out to be others. */
final class HostDentries {
    private static final int NO_ENTRY = -Errno.ENOENT.number();

    private final HostFileSystem fileSystem;
    private final HostFiles files;
    private final HostCaching caching;
    private final MissingNames missing;
    private final RememberedNames<HostDentry> remembered;

    HostDentries(HostFileSystem fileSystem, HostFiles files, HostOptions options) {
        this.fileSystem = fileSystem;
        this.files = files;
        caching = options.caching();
        missing = new MissingNames(caching.nanos());
        remembered = new RememberedNames<>(fileSystem::forget, options.names());
    }

    /** Takes a name out that is only too much to remember, now and then: to be called without the monitor of a directory. */
    void makeRoom() {
        remembered.makeRoom();
    }

    /** The dentry of a name that the host has, put into its directory; null if there is none. */
    @Nullable
    HostDentry lookup(HostDentry directory, Name name) throws ErrnoException {
        HostInode parent = directory.file();
        if (parent.isCovered()) {
            return null;
        }
        files.acls().prepare(parent);
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            MemorySegment nativeName = HostDescriptors.nativeName(scratch, name);
            while (true) {
                int seen = parent.nameChanges();
                if (missing.holds(parent, name, seen)) {
                    return null;
                }
                long moment = System.nanoTime();
                int outcome = files.statName(parent, nativeName, told);
                if (outcome == NO_ENTRY) {
                    missing.add(parent, name, seen);
                    return null;
                }
                HostFiles.check(outcome);
                HostInode inode = files.told(told);
                // One that is known by another name is perhaps not as it is known.
                if (inode.attributes().moment() - moment < 0 && !isTold(inode, parent, nativeName, told)) {
                    continue;
                }
                HostDentry put = put(directory, name, inode, seen);
                if (put != null) {
                    remembered.makeRoom();
                    return put;
                }
            }
        }
    }

    /** Asks again for a name that leads to a known file, and takes over what that is like; false if it leads there no more. */
    private boolean isTold(HostInode inode, HostInode parent, MemorySegment nativeName, Statx told)
            throws ErrnoException {
        if (inode.isFresh(caching.nanos())) {
            return true;
        }
        int version = inode.version();
        long moment = System.nanoTime();
        int outcome = files.statName(parent, nativeName, told);
        if (outcome == NO_ENTRY) {
            return false;
        }
        HostFiles.check(outcome);
        if (!inode.isTold(told)) {
            return false;
        }
        inode.tell(told, version, moment);
        return true;
    }

    /** Puts a name into its directory, unless names were changed since the count was as given: null then. */
    private @Nullable HostDentry put(HostDentry directory, Name name, HostInode inode, int seen) {
        HostInode parent = directory.file();
        HostDentry made;
        HostDentry present;
        synchronized (directory) {
            synchronized (parent) {
                if (parent.nameChanges() != seen) {
                    return null;
                }
                made = dentry(directory, name, inode);
                present = fileSystem.attach(directory, made);
            }
            if (present == made) {
                remember(made);
            }
        }
        return present;
    }

    /** The dentry of a name: the one that it had before, if that was only forgotten. */
    private HostDentry dentry(HostDentry directory, Name name, HostInode inode) {
        HostDentry known = fileSystem.recall(directory, name);
        return known != null && known.file() == inode
                ? known
                : new HostDentry(directory, name, inode, !caching.isExclusive());
    }

    /** Before anybody can remove the name: the monitor of the directory is held since it was put there. */
    private void remember(HostDentry put) {
        HostInode inode = put.file();
        inode.addAlias(put);
        put.confirm();
        if (inode.isGone()) {
            inode.found();
        }
        remembered.add(put);
    }

    /**
     * Puts a name into its directory that the host was just made to give it; the monitor of the directory is held since before. {@link
     * #makeRoom} is to follow without it.
     */
    HostDentry enter(HostDentry directory, Name name, HostInode inode) {
        HostInode parent = directory.file();
        HostDentry made;
        synchronized (parent) {
            parent.namesChanged();
            made = dentry(directory, name, inode);
            HostDentry present = fileSystem.attach(directory, made);
            if (present != made) {
                // The host removed that name without us, or we would not have been let.
                fileSystem.detach(directory, present);
                present.file().removeAlias(present);
                fileSystem.attach(directory, made);
            }
        }
        remember(made);
        return made;
    }

    /** What a dentry has become, if what is known of it does not hold any more: the same, another, or null if the name is gone. */
    @Nullable
    HostDentry revalidate(HostDentry parent, HostDentry dentry) throws ErrnoException {
        if (!caching.isNone() && dentry.isConfirmedFor(caching.nanos())) {
            return dentry;
        }
        int fd = files.acquire(parent.file());
        HostFiles.check(fd);
        try {
            if (isStill(fd, dentry)) {
                return dentry;
            }
            // Perhaps a change of ours was under way: under the monitor there is none.
            synchronized (parent) {
                HostDentry present = (HostDentry) parent.child(dentry.name());
                if (present != dentry || isStill(fd, dentry)) {
                    return present;
                }
                if (dentry.isMountPoint()) {
                    // What is mounted on it must stay within reach; the entry goes when that is taken off.
                    return dentry;
                }
                discard(parent, dentry);
            }
        } finally {
            files.release(parent.file());
        }
        return lookup(parent, dentry.name());
    }

    private static boolean isStill(int directoryFd, HostDentry known) throws ErrnoException {
        HostInode inode = known.file();
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            int version = inode.version();
            long moment = System.nanoTime();
            int outcome = HostFiles.statName(directoryFd, HostDescriptors.nativeName(scratch, known.name()), told);
            if (outcome == NO_ENTRY) {
                return false;
            }
            HostFiles.check(outcome);
            if (!inode.isTold(told)) {
                return false;
            }
            inode.tell(told, version, moment);
            known.confirm();
            return true;
        }
    }

    /** Takes a name out that leads to its file no more. */
    void discard(HostDentry directory, HostDentry dentry) {
        synchronized (directory) {
            synchronized (directory.file()) {
                fileSystem.detach(directory, dentry);
            }
        }
        dentry.file().removeAlias(dentry);
    }

    /** Takes a name out that the host removed for us; the monitor of the directory is held since before. */
    void removed(HostDentry directory, HostDentry victim) {
        HostInode parent = directory.file();
        synchronized (parent) {
            parent.namesChanged();
            fileSystem.detach(directory, victim);
        }
        victim.file().removeAlias(victim);
    }

    /** What a name means that was just made; null if somebody on the host removed it already. */
    @Nullable
    HostDentry find(HostDentry directory, int directoryFd, Name name, MemorySegment nativeName) {
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            if (HostFiles.statName(directoryFd, nativeName, told) == 0) {
                return enter(directory, name, files.told(told));
            }
            changed(directory);
            return null;
        }
    }

    /** Notes that names of a directory are others, so that no lookup that began before puts back what was. */
    static void changed(HostDentry directory) {
        HostInode inode = directory.file();
        synchronized (inode) {
            inode.namesChanged();
        }
    }
}
