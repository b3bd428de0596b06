package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.AtFlags;
import org.caisson.linux.DataCalls;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.SetStat;
import org.jspecify.annotations.Nullable;

/**
 * Changes names and attributes on the host; the callers may, that was checked. Each change is made known here when the host has made it:
 * by the directory's count, so that no lookup that began before puts back what was, and by the versions of the files.
 */
final class HostChanges {
    private static final int DONE = 0;
    private static final int PERMISSIONS = 07777;
    private static final int MKDIR_PERMISSIONS = 01777;

    /** How much the clock of a file system may lag behind ours: a tick of a slow kernel. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final HostFileSystem fileSystem;
    private final HostFiles files;
    private final CallerIds ids;

    HostChanges(HostFileSystem fileSystem, HostFiles files, CallerIds ids) {
        this.fileSystem = fileSystem;
        this.files = files;
        this.ids = ids;
    }

    private static int fail(Errno errno) {
        return -errno.number();
    }

    /** The mode to ask the host for. Where a default access control list decides, the caller's umask does not. */
    private int newMode(Credentials caller, HostInode directory, int mode) {
        int wanted = AttributeChange.newMode(caller, directory, mode);
        return files.hasDefaultAcl(directory) ? wanted : wanted & ~caller.umask();
    }

    int createFile(ResolvingPath path, HostDentry directory, OpenOptions options) throws ErrnoException {
        Credentials caller = path.credentials();
        HostInode parent = directory.file();
        if (parent.isCovered()) {
            return fail(Errno.EXDEV);
        }
        Name name = path.component();
        int flags = HostFile.hostFlags(options.flags()) | OpenFlags.O_CREAT | OpenFlags.O_EXCL;
        int mode = newMode(caller, parent, StatMode.S_IFREG | (options.mode() & PERMISSIONS)) & PERMISSIONS;
        int seen = parent.nameChanges();
        int fd = openAs(caller, parent, name, flags, mode);
        if (fd < 0) {
            return fd;
        }
        OwnedFd owned = OwnedFd.own(fd);
        try {
            HostInode inode = describe(parent, owned, mode);
            HostDentry dentry = enter(directory, name, inode, seen);
            inode.acquire();
            path.opened(
                    new HostFile(fileSystem, path.place(dentry), caller, options.flags(), new OpenFile(inode, owned)));
            return DONE;
        } catch (ErrnoException | RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    private int openAs(Credentials caller, HostInode directory, Name name, int flags, int mode) {
        try (Scratch scratch = Scratch.open()) {
            int outcome = ids.enter(caller);
            if (outcome < 0) {
                return outcome;
            }
            try {
                return files.openBeneath(directory, HostFiles.nativeName(scratch, name), flags, mode);
            } finally {
                ids.leave(caller);
            }
        }
    }

    /** The file that was just made and opened, with the mode asked for: the host took this process's umask from it. */
    private HostInode describe(HostInode parent, OwnedFd made, int mode) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            ask(made, told);
            if ((mode & ~told.mode()) != 0 && !files.hasDefaultAcl(parent)) {
                HostFiles.check(EntryCalls.fchmod(made.number(), mode));
                ask(made, told);
            }
            return files.told(told);
        }
    }

    private static void ask(OwnedFd file, Statx told) throws ErrnoException {
        int fd = file.number();
        HostFiles.check(EntryCalls.statx(fd, EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, HostAttributes.MASK, told));
    }

    /** The dentry of a name that was just made; one outside the directory's table if the name means something else by now. */
    private HostDentry enter(HostDentry directory, Name name, HostInode inode, int seen) throws ErrnoException {
        HostInode parent = directory.file();
        HostDentry put;
        boolean settled;
        synchronized (parent) {
            settled = parent.nameChanges() == seen && (seen & 1) == 0;
            parent.namesChanged();
        }
        put = settled ? fileSystem.put(directory, name, inode, seen + 2) : null;
        if (put == null) {
            put = fileSystem.lookup(directory, name);
        }
        return put != null && put.file() == inode ? put : new HostDentry(directory, name, inode, false);
    }

    int createTemporary(ResolvingPath path, HostDentry directory, OpenOptions options) throws ErrnoException {
        Credentials caller = path.credentials();
        HostInode parent = directory.file();
        int exclusive = options.flags() & OpenFlags.O_EXCL;
        int flags = HostFile.hostFlags(options.flags()) | OpenFlags.O_TMPFILE | exclusive;
        int mode = newMode(caller, parent, StatMode.S_IFREG | (options.mode() & PERMISSIONS)) & PERMISSIONS;
        int fd = openAs(caller, parent, Name.DOT, flags, mode);
        if (fd < 0) {
            return fd;
        }
        OwnedFd owned = OwnedFd.own(fd);
        try {
            HostInode inode = describe(parent, owned, mode);
            inode.acquire();
            inode.lost(false);
            Name number = Name.of("#" + inode.number());
            HostDentry dentry = new HostDentry(directory, number, inode, false);
            path.opened(
                    new HostFile(fileSystem, path.place(dentry), caller, options.flags(), new OpenFile(inode, owned)));
            return DONE;
        } catch (ErrnoException | RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    int makeDirectory(ResolvingPath path, HostDentry directory, int mode) throws ErrnoException {
        Credentials caller = path.credentials();
        HostInode parent = directory.file();
        int wanted = newMode(caller, parent, StatMode.S_IFDIR | (mode & MKDIR_PERMISSIONS)) & PERMISSIONS;
        long begun = System.currentTimeMillis();
        try (Scratch scratch = Scratch.open()) {
            MemorySegment name = HostFiles.nativeName(scratch, path.component());
            int fd = begin(parent, caller);
            if (fd < 0) {
                return fd;
            }
            int outcome;
            try {
                outcome = EntryCalls.mkdirat(fd, name, wanted);
            } finally {
                end(parent, caller);
            }
            return outcome == DONE ? made(path, directory, wanted, begun) : outcome;
        }
    }

    int makeNode(ResolvingPath path, HostDentry directory, int mode, long number) throws ErrnoException {
        Credentials caller = path.credentials();
        HostInode parent = directory.file();
        int wanted = newMode(caller, parent, mode);
        long begun = System.currentTimeMillis();
        try (Scratch scratch = Scratch.open()) {
            MemorySegment name = HostFiles.nativeName(scratch, path.component());
            int fd = begin(parent, caller);
            if (fd < 0) {
                return fd;
            }
            int outcome;
            try {
                outcome = EntryCalls.mknodat(fd, name, wanted, number);
            } finally {
                end(parent, caller);
            }
            return outcome == DONE ? made(path, directory, wanted & PERMISSIONS, begun) : outcome;
        }
    }

    int makeSymlink(ResolvingPath path, HostDentry directory, MemorySegment target) throws ErrnoException {
        Credentials caller = path.credentials();
        HostInode parent = directory.file();
        try (Scratch scratch = Scratch.open()) {
            MemorySegment name = HostFiles.nativeName(scratch, path.component());
            MemorySegment text = scratch.string(target.toArray(ValueLayout.JAVA_BYTE));
            int fd = begin(parent, caller);
            if (fd < 0) {
                return fd;
            }
            int outcome;
            try {
                outcome = EntryCalls.symlinkat(text, fd, name);
            } finally {
                end(parent, caller);
            }
            return finish(directory, outcome);
        }
    }

    /** The directory's descriptor, with the caller's ids taken; or a negated errno. */
    private int begin(HostInode directory, Credentials caller) {
        int fd = files.acquire(directory);
        if (fd < 0) {
            return fd;
        }
        int outcome = ids.enter(caller);
        if (outcome < 0) {
            files.release(directory);
            return outcome;
        }
        return fd;
    }

    private void end(HostInode directory, Credentials caller) {
        ids.leave(caller);
        files.release(directory);
    }

    private static int finish(HostDentry directory, int outcome) {
        if (outcome == DONE) {
            HostInode parent = directory.file();
            synchronized (parent) {
                parent.namesChanged();
            }
        }
        return outcome;
    }

    /** Gives a new directory or node the permissions that this process's umask took. */
    private int made(ResolvingPath path, HostDentry directory, int mode, long begun) throws ErrnoException {
        finish(directory, DONE);
        HostDentry dentry = fileSystem.lookup(directory, path.component());
        if (dentry == null) {
            return DONE;
        }
        HostInode inode = dentry.file();
        if ((mode & ~inode.mode() & PERMISSIONS) == 0
                || !isMadeBy(path.credentials(), inode, begun)
                || files.hasDefaultAcl(directory.file())) {
            return DONE;
        }
        int fd = files.acquire(inode);
        if (fd < 0) {
            return DONE;
        }
        try {
            changeMode(fd, mode);
        } finally {
            files.release(inode);
        }
        inode.changed();
        files.ask(inode);
        return DONE;
    }

    /** Whether a file is what was made just now, and not what somebody on the host put in its place. */
    private boolean isMadeBy(Credentials caller, HostInode inode, long begun) {
        HostAttributes known = inode.attributes();
        if (ids.mayChange() && known.uid() != caller.uid()) {
            return false;
        }
        long birth = TimeUnit.SECONDS.toNanos(known.birthSeconds()) + known.birthNanos();
        return birth == 0 || birth >= TimeUnit.MILLISECONDS.toNanos(begun) - TICK_NANOS;
    }

    int makeLink(ResolvingPath path, HostDentry directory, HostDentry existing) {
        HostInode inode = existing.file();
        HostInode parent = directory.file();
        try (Scratch scratch = Scratch.open()) {
            MemorySegment name = HostFiles.nativeName(scratch, path.component());
            int fd = files.acquire(inode);
            if (fd < 0) {
                return fd;
            }
            try {
                int directoryFd = files.acquire(parent);
                if (directoryFd < 0) {
                    return directoryFd;
                }
                try {
                    int outcome = files.link(fd, directoryFd, name);
                    if (outcome == DONE) {
                        inode.changed();
                        inode.found();
                    }
                    return finish(directory, outcome);
                } finally {
                    files.release(parent);
                }
            } finally {
                files.release(inode);
            }
        }
    }

    int remove(HostDentry directory, HostDentry victim, int flags) throws ErrnoException {
        HostInode parent = directory.file();
        HostInode inode = victim.file();
        try (Scratch scratch = Scratch.open()) {
            MemorySegment name = HostFiles.nativeName(scratch, victim.name());
            int fd = files.acquire(parent);
            if (fd < 0) {
                return fd;
            }
            try {
                boolean last = isLastName(inode);
                boolean kept = last && inode.isUsed() && files.acquire(inode) >= 0;
                int outcome = EntryCalls.unlinkat(fd, name, flags);
                if (outcome == DONE) {
                    fileSystem.removed(directory, victim);
                    lose(inode, last, kept);
                } else if (kept) {
                    files.release(inode);
                }
                return outcome;
            } finally {
                files.release(parent);
            }
        }
    }

    private boolean isLastName(HostInode inode) throws ErrnoException {
        if (inode.isDirectory()) {
            return true;
        }
        HostAttributes known = inode.isFresh(Long.MAX_VALUE) ? inode.attributes() : files.ask(inode);
        return known.links() <= 1;
    }

    private void lose(HostInode inode, boolean last, boolean kept) {
        inode.changed();
        if (last) {
            inode.lost(kept);
        }
    }

    int rename(ResolvingPath path, HostDentry source, @Nullable HostDentry target, int flags) throws ErrnoException {
        Credentials caller = path.credentials();
        HostDentry directory = (HostDentry) path.found();
        HostDentry from = source.directory();
        if (from == null) {
            return fail(Errno.EBUSY);
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment oldName = HostFiles.nativeName(scratch, source.name());
            MemorySegment name = HostFiles.nativeName(scratch, path.component());
            int fromFd = files.acquire(from.file());
            if (fromFd < 0) {
                return fromFd;
            }
            try {
                // The ids are those of a whiteout that is left behind.
                int fd = begin(directory.file(), caller);
                if (fd < 0) {
                    return fd;
                }
                HostDentry replaced = (flags & FileCalls.RENAME_EXCHANGE) == 0 ? target : null;
                boolean last = false;
                boolean kept = false;
                int outcome;
                try {
                    last = replaced != null && isLastName(replaced.file());
                    kept = replaced != null && last && replaced.file().isUsed() && files.acquire(replaced.file()) >= 0;
                    synchronized (files.moves()) {
                        announce(from, directory);
                        outcome = EntryCalls.renameat2(fromFd, oldName, fd, name, flags);
                        if (outcome == DONE) {
                            fileSystem.place(source, directory, path.component(), target, target != replaced);
                        }
                        announce(from, directory);
                    }
                } finally {
                    end(directory.file(), caller);
                }
                if (outcome == DONE) {
                    source.file().changed();
                }
                if (target != null) {
                    settle(target, target == replaced && outcome == DONE, last, kept);
                }
                return outcome;
            } finally {
                files.release(from.file());
            }
        }
    }

    private static void announce(HostDentry from, HostDentry directory) {
        from.file().renaming();
        if (from != directory) {
            directory.file().renaming();
        }
    }

    private void settle(HostDentry target, boolean replaced, boolean last, boolean kept) {
        HostInode inode = target.file();
        if (replaced) {
            inode.removeAlias(target);
            lose(inode, last, kept);
        } else {
            inode.changed();
            if (kept) {
                files.release(inode);
            }
        }
    }

    /**
     * Changes attributes: the size, then what takes set-id bits away, the mode, and at last the times, which all else changes.
     *
     * @param open a descriptor of the file that is open to be written, or -1
     */
    int attributes(Credentials caller, HostInode inode, SetStat change, int open) throws ErrnoException {
        AttributeChange wanted = new AttributeChange();
        int outcome = wanted.prepare(caller, inode, change);
        if (outcome < 0) {
            return outcome;
        }
        int fd = files.acquire(inode);
        if (fd < 0) {
            return fd;
        }
        try (Scratch scratch = Scratch.open()) {
            outcome = apply(scratch, wanted, change, fd, open);
        } finally {
            files.release(inode);
        }
        inode.changed();
        if (wanted.has(SetStat.MODE | SetStat.UID | SetStat.GID) || outcome < 0) {
            files.ask(inode);
        }
        return outcome;
    }

    private static int apply(Scratch scratch, AttributeChange wanted, SetStat change, int fd, int open) {
        int outcome = DONE;
        if (wanted.has(SetStat.SIZE)) {
            outcome = open >= 0
                    ? DataCalls.ftruncate(open, wanted.size)
                    : EntryCalls.truncate(HostFiles.path(scratch, fd), wanted.size);
        }
        if (outcome == DONE && change.has(SetStat.OWNER | SetStat.UID | SetStat.GID)) {
            int uid = wanted.has(SetStat.UID) ? wanted.uid : -1;
            int gid = wanted.has(SetStat.GID) ? wanted.gid : -1;
            outcome = EntryCalls.fchownat(fd, EntryCalls.ITSELF, uid, gid, AtFlags.AT_EMPTY_PATH);
        }
        if (outcome == DONE && wanted.has(SetStat.MODE)) {
            outcome = changeMode(fd, wanted.mode & PERMISSIONS);
        }
        if (outcome == DONE && wanted.has(SetStat.ACCESS_TIME | SetStat.MODIFY_TIME)) {
            outcome = changeTimes(scratch, wanted, fd);
        }
        return outcome;
    }

    /** chmod(2) of what a descriptor of O_PATH means. */
    static int changeMode(int fd, int mode) {
        int outcome = EntryCalls.fchmodat2(fd, EntryCalls.ITSELF, mode, AtFlags.AT_EMPTY_PATH);
        if (outcome != -Errno.ENOSYS.number()) {
            return outcome;
        }
        try (Scratch scratch = Scratch.open()) {
            return EntryCalls.chmod(HostFiles.path(scratch, fd), mode);
        }
    }

    private static int changeTimes(Scratch scratch, AttributeChange wanted, int fd) {
        MemorySegment times = scratch.allocate(32);
        setTime(times, 0, wanted.has(SetStat.ACCESS_TIME), wanted.accessNow, wanted.accessSeconds, wanted.accessNanos);
        setTime(times, 16, wanted.has(SetStat.MODIFY_TIME), wanted.modifyNow, wanted.modifySeconds, wanted.modifyNanos);
        return EntryCalls.utimensat(fd, EntryCalls.ITSELF, times, AtFlags.AT_EMPTY_PATH);
    }

    private static void setTime(MemorySegment times, long at, boolean wanted, boolean now, long seconds, int nanos) {
        long set = now ? FileCalls.UTIME_NOW : nanos;
        times.set(ValueLayout.JAVA_LONG, at, seconds);
        times.set(ValueLayout.JAVA_LONG, at + 8, wanted ? set : FileCalls.UTIME_OMIT);
    }
}
