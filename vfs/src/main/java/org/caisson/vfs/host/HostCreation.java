package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.AtFlags;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.ResolvingPath;
import org.jspecify.annotations.Nullable;

/**
 * Makes names on the host; that the callers may was checked. The monitor of the directory is held while the host does it
 * and until the dentries say the same, and then the directory's count of changes grows, so that no lookup that began before puts back what
 * was.
 */
final class HostCreation {
    private static final int DONE = 0;
    private static final int PERMISSIONS = 07777;
    private static final int MKDIR_PERMISSIONS = 01777;

    /** How much the clock of a file system may lag behind ours: a tick of a slow kernel. */
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final HostFileSystem fileSystem;
    private final HostFiles files;
    private final HostDentries dentries;
    private final CallerIds ids;

    HostCreation(HostFileSystem fileSystem, HostFiles files, HostDentries dentries, CallerIds ids) {
        this.fileSystem = fileSystem;
        this.files = files;
        this.dentries = dentries;
        this.ids = ids;
    }

    /** The mode to ask the host for. Where a default access control list decides, the caller's umask does not. */
    private static int newMode(Credentials caller, HostInode directory, int mode, boolean byList) {
        return AttributeChange.newMode(byList ? caller.withUmask(0) : caller, directory, mode);
    }

    /** A name that another file has by now, which a lookup must find out: what is missing is not remembered any more. */
    private static int exists(HostDentry directory, int outcome) {
        if (outcome == -Errno.EEXIST.number()) {
            HostDentries.changed(directory);
        }
        return outcome;
    }

    int createFile(ResolvingPath path, HostDentry directory, OpenOptions options) throws ErrnoException {
        Credentials caller = path.credentials();
        HostInode parent = directory.file();
        boolean byList = files.acls().hasDefault(parent);
        int mode = newMode(caller, parent, StatMode.S_IFREG | (options.mode() & PERMISSIONS), byList) & PERMISSIONS;
        int flags = HostFile.hostFlags(options.flags()) | OpenFlags.O_CREAT | OpenFlags.O_EXCL;
        int directoryFd = files.acquire(parent);
        if (directoryFd < 0) {
            return directoryFd;
        }
        OpenFile open;
        HostDentry dentry;
        try (Scratch scratch = Scratch.open()) {
            MemorySegment name = HostDescriptors.nativeName(scratch, path.component());
            synchronized (directory) {
                FileSystemObserver observer = fileSystem.begin();
                try {
                    int fd = openAs(caller, directoryFd, name, flags, mode);
                    if (fd < 0) {
                        return exists(directory, fd);
                    }
                    open = describe(OwnedFd.own(fd), mode, byList);
                    dentry = dentries.enter(directory, path.component(), open.inode);
                    if (observer != null) {
                        observer.created(dentry);
                    }
                } finally {
                    fileSystem.end(observer);
                }
            }
        } finally {
            files.release(parent);
        }
        dentries.makeRoom();
        open.inode.acquire(dentry);
        path.opened(new HostFile(fileSystem, path.place(dentry), caller, options.flags(), open));
        return DONE;
    }

    private int openAs(Credentials caller, int directoryFd, MemorySegment name, int flags, int mode) {
        int outcome = ids.enter(caller);
        if (outcome < 0) {
            return outcome;
        }
        try {
            return files.descriptors().openName(directoryFd, name, flags, mode);
        } finally {
            ids.leave(caller);
        }
    }

    /** The file that was just made and opened, with the mode asked for: the host took this process's umask from it. */
    private OpenFile describe(OwnedFd made, int mode, boolean byList) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            ask(made, told);
            if ((mode & ~told.mode()) != 0 && !byList) {
                HostFiles.check(EntryCalls.fchmod(made.number(), mode));
                ask(made, told);
            }
            return new OpenFile(files.told(told), made);
        } catch (ErrnoException e) {
            made.close();
            throw e;
        }
    }

    private static void ask(OwnedFd file, Statx told) throws ErrnoException {
        int fd = file.number();
        HostFiles.check(EntryCalls.statx(fd, EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, HostAttributes.MASK, told));
    }

    int createTemporary(ResolvingPath path, HostDentry directory, OpenOptions options) throws ErrnoException {
        Credentials caller = path.credentials();
        HostInode parent = directory.file();
        boolean byList = files.acls().hasDefault(parent);
        int exclusive = options.flags() & OpenFlags.O_EXCL;
        int flags = HostFile.hostFlags(options.flags()) | OpenFlags.O_TMPFILE | exclusive;
        int mode = newMode(caller, parent, StatMode.S_IFREG | (options.mode() & PERMISSIONS), byList) & PERMISSIONS;
        int directoryFd = files.acquire(parent);
        if (directoryFd < 0) {
            return directoryFd;
        }
        int fd;
        try (Scratch scratch = Scratch.open()) {
            fd = openAs(caller, directoryFd, HostDescriptors.nativeName(scratch, Name.DOT), flags, mode);
        } finally {
            files.release(parent);
        }
        if (fd < 0) {
            return fd;
        }
        OpenFile open = describe(OwnedFd.own(fd), mode, byList);
        HostInode inode = open.inode;
        Name number = Name.of("#" + inode.number());
        HostDentry dentry = new HostDentry(directory, number, inode, fileSystem.revalidates());
        inode.acquire();
        inode.lost(false);
        fileSystem.noteNameless(dentry);
        path.opened(new HostFile(fileSystem, path.place(dentry), caller, options.flags(), open));
        return DONE;
    }

    /** Makes something by a name in a directory: 0 or a negated errno. */
    @FunctionalInterface
    private interface Making {
        int make(int directoryFd, MemorySegment name);
    }

    /** The dentry of what was made, in {@code made}, or a negated errno. */
    private int make(Credentials caller, HostDentry directory, Name name, Making making, @Nullable HostDentry[] made)
            throws ErrnoException {
        HostInode parent = directory.file();
        int directoryFd = files.acquire(parent);
        if (directoryFd < 0) {
            return directoryFd;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment nativeName = HostDescriptors.nativeName(scratch, name);
            synchronized (directory) {
                FileSystemObserver observer = fileSystem.begin();
                try {
                    int outcome = makeAs(caller, directoryFd, nativeName, making);
                    if (outcome < 0) {
                        return exists(directory, outcome);
                    }
                    HostDentry dentry = dentries.find(directory, directoryFd, name, nativeName);
                    made[0] = dentry;
                    if (observer != null && dentry != null) {
                        observer.created(dentry);
                    }
                    return DONE;
                } finally {
                    fileSystem.end(observer);
                }
            }
        } finally {
            files.release(parent);
        }
    }

    private int makeAs(Credentials caller, int directoryFd, MemorySegment name, Making making) {
        int outcome = ids.enter(caller);
        if (outcome < 0) {
            return outcome;
        }
        try {
            return making.make(directoryFd, name);
        } finally {
            ids.leave(caller);
        }
    }

    int makeDirectory(ResolvingPath path, HostDentry directory, int mode) throws ErrnoException {
        boolean byList = files.acls().hasDefault(directory.file());
        int asked = StatMode.S_IFDIR | (mode & MKDIR_PERMISSIONS);
        int wanted = newMode(path.credentials(), directory.file(), asked, byList) & PERMISSIONS;
        return makeWithMode(path, directory, (fd, name) -> EntryCalls.mkdirat(fd, name, wanted), wanted, byList);
    }

    int makeNode(ResolvingPath path, HostDentry directory, int mode, long number) throws ErrnoException {
        boolean byList = files.acls().hasDefault(directory.file());
        int wanted = newMode(path.credentials(), directory.file(), mode, byList);
        return makeWithMode(
                path,
                directory,
                (fd, name) -> EntryCalls.mknodat(fd, name, wanted, number),
                wanted & PERMISSIONS,
                byList);
    }

    private int makeWithMode(ResolvingPath path, HostDentry directory, Making making, int mode, boolean byList)
            throws ErrnoException {
        long begun = System.currentTimeMillis();
        @Nullable HostDentry[] made = new HostDentry[1];
        int outcome = make(path.credentials(), directory, path.component(), making, made);
        dentries.makeRoom();
        HostDentry dentry = made[0];
        if (outcome < 0 || dentry == null) {
            return outcome;
        }
        HostInode inode = dentry.file();
        if ((mode & ~inode.mode() & PERMISSIONS) != 0 && !byList && isMadeBy(path.credentials(), inode, begun)) {
            giveMode(inode, mode);
        }
        return DONE;
    }

    /** Gives a new directory or node the permissions that this process's umask took. */
    private void giveMode(HostInode inode, int mode) throws ErrnoException {
        int fd = files.acquire(inode);
        if (fd < 0) {
            return;
        }
        try {
            HostChanges.changeMode(fd, mode);
        } finally {
            files.release(inode);
        }
        inode.changed();
        inode.aclChanged();
        files.ask(inode);
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

    int makeSymlink(ResolvingPath path, HostDentry directory, MemorySegment target) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment text = scratch.string(target.toArray(ValueLayout.JAVA_BYTE));
            return make(
                    path.credentials(),
                    directory,
                    path.component(),
                    (fd, name) -> EntryCalls.symlinkat(text, fd, name),
                    new HostDentry[1]);
        }
    }

    int makeLink(ResolvingPath path, HostDentry directory, HostDentry existing) {
        HostInode inode = existing.file();
        int fd = files.acquire(inode);
        if (fd < 0) {
            return fd;
        }
        try {
            int directoryFd = files.acquire(directory.file());
            if (directoryFd < 0) {
                return directoryFd;
            }
            try (Scratch scratch = Scratch.open()) {
                MemorySegment name = HostDescriptors.nativeName(scratch, path.component());
                synchronized (directory) {
                    return link(fd, inode, directoryFd, directory, path.component(), name);
                }
            } finally {
                files.release(directory.file());
            }
        } finally {
            files.release(inode);
        }
    }

    private int link(
            int fd, HostInode inode, int directoryFd, HostDentry directory, Name name, MemorySegment nativeName) {
        FileSystemObserver observer = fileSystem.begin();
        try {
            int outcome = HostFiles.link(fd, directoryFd, nativeName);
            if (outcome < 0) {
                return exists(directory, outcome);
            }
            inode.changed();
            HostDentry child = dentries.enter(directory, name, inode);
            if (observer != null) {
                observer.linked(child);
            }
            return DONE;
        } finally {
            fileSystem.end(observer);
        }
    }
}
