package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.Scratch;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.Name;
import org.caisson.vfs.ResolvingPath;
import org.jspecify.annotations.Nullable;

/** Moves names on the host, and the dentries with them. */
final class HostRenaming {
    private static final int DONE = 0;
    private static final int AGAIN = HostFileSystem.LOOK_AGAIN;

    private final HostFileSystem fileSystem;
    private final HostFiles files;
    private final HostDentries dentries;
    private final CallerIds ids;

    HostRenaming(HostFileSystem fileSystem, HostFiles files, HostDentries dentries, CallerIds ids) {
        this.fileSystem = fileSystem;
        this.files = files;
        this.dentries = dentries;
        this.ids = ids;
    }

    int rename(ResolvingPath path, HostDentry source, @Nullable HostDentry target, int flags) throws ErrnoException {
        HostDentry directory = (HostDentry) path.found();
        HostDentry from = source.directory();
        if (from == null) {
            return -Errno.EBUSY.number();
        }
        HostDentry replaced = (flags & FileCalls.RENAME_EXCHANGE) == 0 ? target : null;
        int fromFd = files.acquire(from.file());
        if (fromFd < 0) {
            return fromFd;
        }
        try {
            int fd = files.acquire(directory.file());
            if (fd < 0) {
                return fd;
            }
            try {
                int version = replaced == null ? 0 : replaced.file().version();
                boolean last = replaced != null && files.isLastName(replaced.file());
                boolean kept =
                        replaced != null && last && replaced.file().isUsed() && files.acquire(replaced.file()) >= 0;
                Renaming renaming =
                        new Renaming(source, from, fromFd, directory, fd, path.component(), target, version);
                int outcome = move(path.credentials(), renaming, flags, last, kept);
                if (outcome != DONE && kept && replaced != null) {
                    files.release(replaced.file());
                }
                return outcome;
            } finally {
                files.release(directory.file());
            }
        } finally {
            files.release(from.file());
        }
    }

    /** What moves where; the version is that of a file that is replaced, before it was asked for its links. */
    private record Renaming(
            HostDentry source,
            HostDentry from,
            int fromFd,
            HostDentry directory,
            int fd,
            Name name,
            @Nullable HostDentry target,
            int version) {
        /** Whether nobody made, removed or forgot one of the names since; under the monitors of the directories. */
        boolean isStill() {
            return from.child(source.name()) == source && directory.child(name) == target;
        }
    }

    private int move(Credentials caller, Renaming renaming, int flags, boolean last, boolean kept) {
        Name oldName = renaming.source.name();
        try (Scratch scratch = Scratch.open()) {
            MemorySegment nativeOldName = HostDescriptors.nativeName(scratch, oldName);
            MemorySegment nativeName = HostDescriptors.nativeName(scratch, renaming.name);
            synchronized (files.moves()) {
                synchronized (renaming.from) {
                    synchronized (renaming.directory) {
                        if (!renaming.isStill()) {
                            return AGAIN;
                        }
                        FileSystemObserver observer = fileSystem.begin();
                        try {
                            // The ids are those of a whiteout that is left behind.
                            int outcome = ids.enter(caller);
                            if (outcome < 0) {
                                return outcome;
                            }
                            try {
                                outcome = EntryCalls.renameat2(
                                        renaming.fromFd, nativeOldName, renaming.fd, nativeName, flags);
                            } finally {
                                ids.leave(caller);
                            }
                            if (outcome == DONE) {
                                moved(renaming, oldName, nativeOldName, flags, last, kept, observer);
                            }
                            return outcome;
                        } finally {
                            fileSystem.end(observer);
                        }
                    }
                }
            }
        }
    }

    private void moved(
            Renaming renaming,
            Name oldName,
            MemorySegment nativeOldName,
            int flags,
            boolean last,
            boolean kept,
            @Nullable FileSystemObserver observer) {
        HostDentry source = renaming.source;
        HostDentry target = renaming.target;
        boolean exchanged = target != null && (flags & FileCalls.RENAME_EXCHANGE) != 0;
        fileSystem.place(source, renaming.directory, renaming.name, target, exchanged);
        HostDentries.changed(renaming.from);
        HostDentries.changed(renaming.directory);
        source.file().changed();
        if (target != null && exchanged) {
            target.file().changed();
        } else if (target != null) {
            target.file().removeAlias(target);
            HostRemoval.lose(target.file(), renaming.version, last, kept);
        }
        if (observer != null) {
            if (target != null && exchanged) {
                observer.exchanged(source, target);
            } else {
                observer.moved(source, renaming.from, oldName, target);
            }
        }
        if (observer != null && (flags & FileCalls.RENAME_WHITEOUT) != 0) {
            HostDentry whiteout = dentries.find(renaming.from, renaming.fromFd, oldName, nativeOldName);
            if (whiteout != null) {
                observer.whitedOut(whiteout);
            }
        }
    }
}
