package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.LastingHandle;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * Brings files into the upper layer before they are changed: made whole in the workspace and put in their place by one rename, so that
 * neither a crash nor a full disk leaves half a file.
 */
final class CopyUp {
    /** How much data to copy: all of it. */
    static final long ALL = Long.MAX_VALUE;
    /** How much data to copy: none if the overlay has metacopy, else all. */
    static final long ATTRIBUTES = -1;

    private static final byte[] YES = {'y'};
    private static final byte[] NOTHING = {};

    private final LayerStack layers;
    private final FileTable files;
    private final LayerCalls calls;
    private final OverlayAttributes attributes;
    private final Workspace workspace;
    private final HardLinks hardLinks;
    private final ReentrantLock directories = new ReentrantLock();
    private final FileLocks fileLocks = new FileLocks();

    CopyUp(LayerStack layers, FileTable files, Workspace workspace, HardLinks hardLinks) {
        this.layers = layers;
        this.files = files;
        this.calls = layers.calls();
        this.attributes = layers.attributes();
        this.workspace = workspace;
        this.hardLinks = hardLinks;
    }

    /**
     * Keeps directories where they are in the upper layer, which a copy changes as well as a rename and a removal do: these hold it
     * besides the monitors of the directories that they change.
     */
    ReentrantLock directories() {
        return directories;
    }

    /** What keeps the names of a file as they are, and others from copying it up. */
    ReentrantLock lockOf(OverlayInode file) {
        return fileLocks.of(file);
    }

    /** Brings a directory up, those above it first. */
    void directory(OverlayDentry dentry) throws ErrnoException {
        if (dentry.isInUpper()) {
            return;
        }
        directories.lock();
        try {
            while (!dentry.isInUpper()) {
                OverlayDentry next = dentry;
                OverlayDentry above = parentOf(next);
                while (!above.isInUpper()) {
                    next = above;
                    above = parentOf(next);
                }
                make(next, above, next.file(), ATTRIBUTES);
            }
        } finally {
            directories.unlock();
        }
    }

    private static OverlayDentry parentOf(OverlayDentry dentry) throws ErrnoException {
        OverlayDentry above = dentry.directory();
        if (above == null) {
            throw Errno.EROFS.exception();
        }
        return above;
    }

    /**
     * Brings a file up by one of its names, the directories above it first.
     *
     * @param length how much of a regular file's data to copy at least: a number of bytes, {@link #ALL} or {@link #ATTRIBUTES}
     */
    void copy(OverlayDentry dentry, long length) throws ErrnoException {
        if (dentry.file().isDirectory()) {
            directory(dentry);
            return;
        }
        while (!dentry.isInUpper()) {
            directory(parentOf(dentry));
            copyFile(dentry, length);
        }
        if (length != ATTRIBUTES && dentry.file().data() != null) {
            fill(dentry.file(), length);
        }
    }

    /** While the lock of the file is held it keeps its names. Does nothing if it was moved to where nothing is copied up yet. */
    private void copyFile(OverlayDentry dentry, long length) throws ErrnoException {
        OverlayInode inode = dentry.file();
        ReentrantLock lock = lockOf(inode);
        lock.lock();
        try {
            OverlayDentry above = parentOf(dentry);
            if (dentry.isInUpper() || !above.isInUpper()) {
                return;
            }
            VirtualDentry upper = inode.upper();
            if (upper != null) {
                linkUp(dentry, above, inode, upper);
            } else {
                make(dentry, above, inode, length);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives a file that was copied up by another name this one in the upper layer too. */
    private void linkUp(OverlayDentry dentry, OverlayDentry above, OverlayInode inode, VirtualDentry upper)
            throws ErrnoException {
        OverlayInode parent = above.file();
        requireName(dentry);
        hardLinks.count(inode, inode.links(), 1);
        VirtualDentry directory = parent.upperPlace();
        setImpure(parent);
        Times times = Times.of(calls.stat(directory));
        calls.link(upper, directory, dentry.name());
        restore(directory, times);
        dentry.setInUpper();
    }

    private static void requireName(OverlayDentry dentry) throws ErrnoException {
        if (!dentry.hasName()) {
            throw Errno.ESTALE.exception();
        }
    }

    private void make(OverlayDentry dentry, OverlayDentry above, OverlayInode inode, long length)
            throws ErrnoException {
        VirtualDentry source = inode.real();
        Stat stat = new Stat();
        calls.stat(source, stat);
        requireOwner(stat);
        boolean withoutData = length == ATTRIBUTES && layers.options().metacopy() && stat.isRegular() && stat.size > 0;
        Name temporary = workspace.temporary();
        try {
            make(temporary, inode, stat, withoutData ? 0 : length == ATTRIBUTES ? ALL : length);
            VirtualDentry made = calls.lookup(workspace.directory(), temporary);
            copyAttributes(source, made);
            mark(made, inode, stat);
            if (withoutData) {
                calls.setAttribute(made, attributes.metacopy, NOTHING);
            }
            copyMode(made, stat);
            put(temporary, dentry, above, inode, withoutData);
        } catch (ErrnoException e) {
            workspace.discard(temporary);
            throw e;
        }
    }

    /** What belongs to nobody that the layer's mount shows can be no one's in the upper layer ({@code ovl_copy_up_one}). */
    private static void requireOwner(Stat stat) throws ErrnoException {
        if (stat.isUnmapped()) {
            throw Errno.EOVERFLOW.exception();
        }
    }

    /** Brings up a file that has no name any more, but is still open. */
    void nameless(OverlayInode inode, long length) throws ErrnoException {
        ReentrantLock lock = lockOf(inode);
        lock.lock();
        try {
            if (inode.isUpper()) {
                return;
            }
            VirtualDentry source = inode.real();
            Stat stat = new Stat();
            calls.stat(source, stat);
            requireOwner(stat);
            Name temporary = workspace.temporary();
            try {
                make(temporary, inode, stat, length == ATTRIBUTES ? ALL : length);
                VirtualDentry made = calls.lookup(workspace.directory(), temporary);
                copyAttributes(source, made);
                copyMode(made, stat);
                inode.keep(calls.open(made, OpenFlags.O_PATH));
                taken(inode, made, null);
            } finally {
                workspace.discard(temporary);
            }
        } finally {
            lock.unlock();
        }
    }

    private void make(Name temporary, OverlayInode inode, Stat stat, long length) throws ErrnoException {
        VirtualDentry work = workspace.directory();
        Credentials owner = calls.owner(stat.uid, stat.gid);
        switch (stat.mode & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> calls.mkdir(work, temporary, stat.mode & 07777, owner);
            case StatMode.S_IFLNK -> {
                MemorySegment target = MemorySegment.ofArray(calls.readlink(inode.real()));
                calls.symlink(work, temporary, target, owner);
            }
            case StatMode.S_IFREG -> {
                int flags = OpenFlags.O_WRONLY;
                try (FileDescription target = calls.create(work, temporary, flags, 0600, owner)) {
                    copyData(inode.dataPlace(), target, Math.min(length, stat.size), stat.size);
                }
            }
            default -> calls.mknod(work, temporary, stat.mode, stat.rdev, owner);
        }
    }

    private void copyData(VirtualDentry from, FileDescription target, long length, long size) throws ErrnoException {
        if (length > 0) {
            try (FileDescription source = calls.openUnnoticed(from, OpenFlags.O_RDONLY)) {
                DataCopy.copy(source, target, length);
            }
        }
        SetStat change = new SetStat();
        change.mask = SetStat.SIZE;
        change.size = size;
        target.setStat(change);
        if (!layers.options().isVolatile()) {
            target.sync(false);
        }
    }

    void copyAttributes(VirtualDentry from, VirtualDentry to) throws ErrnoException {
        for (Name name : calls.attributes(from)) {
            if (attributes.isPrivate(name)) {
                continue;
            }
            byte[] value = calls.attribute(from, name);
            if (value == null) {
                continue;
            }
            try {
                calls.setAttribute(to, name, value);
            } catch (ErrnoException e) {
                String text = name.toString();
                boolean needed = text.startsWith("system.") || text.startsWith("security.");
                if (e.errno() != Errno.EOPNOTSUPP || needed) {
                    throw e;
                }
            }
        }
    }

    /** Says that this is a copy, and which number it keeps. */
    private void mark(VirtualDentry made, OverlayInode inode, Stat stat) throws ErrnoException {
        Name key = inode.key();
        byte[] number = key != null
                ? key.toByteArray()
                : Long.toUnsignedString(inode.number()).getBytes(StandardCharsets.US_ASCII);
        try {
            boolean isAlone = stat.isDirectory() || stat.links == 1;
            calls.setAttribute(made, attributes.origin, isAlone ? originOf(inode.real()) : NOTHING);
            calls.setAttribute(made, attributes.inode, number);
        } catch (ErrnoException e) {
            // Links and devices take no attributes of users; file systems need not have any.
            if (e.errno() != Errno.EPERM && e.errno() != Errno.EOPNOTSUPP) {
                throw e;
            }
            inode.setUnmarked();
        }
    }

    /** As the kernel does it, which leaves it empty where files have no handles, and for files with several names. */
    private static byte[] originOf(VirtualDentry source) {
        LastingHandle handle = source.mount().fileSystem().handleOf(source.dentry());
        return handle == null ? NOTHING : OriginHandle.of(handle);
    }

    void copyMode(VirtualDentry made, Stat stat) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;
        if (!stat.isSymlink()) {
            change.mask |= SetStat.MODE;
            change.mode = stat.mode;
        }
        change.accessSeconds = stat.accessSeconds;
        change.accessNanos = stat.accessNanos;
        change.modifySeconds = stat.modifySeconds;
        change.modifyNanos = stat.modifyNanos;
        calls.change(made, change);
    }

    private void put(Name temporary, OverlayDentry dentry, OverlayDentry above, OverlayInode inode, boolean withoutData)
            throws ErrnoException {
        OverlayInode parent = above.file();
        Name key = inode.key();
        requireName(dentry);
        VirtualDentry directory = parent.upperPlace();
        setImpure(parent);
        Times times = Times.of(calls.stat(directory));
        LayerFile lowerData = withoutData ? dataOf(inode) : null;
        if (key == null) {
            calls.rename(workspace.directory(), temporary, directory, dentry.name(), 0);
            taken(inode, calls.lookup(directory, dentry.name()), lowerData);
        } else {
            VirtualDentry filed = hardLinks.file(temporary, key);
            taken(inode, filed, lowerData);
            files.remember(filed, inode);
            hardLinks.count(inode, inode.links(), 1);
            calls.link(filed, directory, dentry.name());
        }
        restore(directory, times);
        dentry.setInUpper();
    }

    private static LayerFile dataOf(OverlayInode inode) {
        LayerFile below = inode.data();
        return below != null ? below : inode.lowers()[0];
    }

    private static void taken(OverlayInode inode, VirtualDentry upper, @Nullable LayerFile data) {
        inode.setCopied();
        inode.data(data);
        inode.upper(upper);
    }

    /** Brings up all data of a file of which perhaps only the attributes were. */
    void fill(OverlayInode inode) throws ErrnoException {
        fill(inode, ALL);
    }

    private void fill(OverlayInode inode, long length) throws ErrnoException {
        ReentrantLock lock = lockOf(inode);
        lock.lock();
        try {
            LayerFile data = inode.data();
            if (data == null) {
                return;
            }
            VirtualDentry upper = inode.upperPlace();
            Stat stat = new Stat();
            calls.stat(upper, stat);
            byte[] capability = calls.attribute(upper, OverlayAttributes.CAPABILITY);
            try (FileDescription target = calls.open(upper, OpenFlags.O_WRONLY)) {
                copyData(data.place(), target, Math.min(length, stat.size), stat.size);
            }
            if (capability != null) {
                calls.setAttribute(upper, OverlayAttributes.CAPABILITY, capability);
            }
            copyMode(upper, stat);
            calls.removeAttribute(upper, attributes.metacopy);
            inode.data(null);
        } finally {
            lock.unlock();
        }
    }

    /** Says that a directory of the upper layer holds copies: their numbers are not those that a listing of it tells. */
    void setImpure(OverlayInode directory) throws ErrnoException {
        if (directory.isImpure()) {
            return;
        }
        try {
            calls.setAttribute(directory.upperPlace(), attributes.impure, YES);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EOPNOTSUPP) {
                throw e;
            }
        }
        directory.setImpure();
    }

    /** A copy changes nothing that could be seen, so its directory keeps its times. */
    private void restore(VirtualDentry directory, Times times) {
        SetStat change = new SetStat();
        change.mask = SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;
        change.accessSeconds = times.accessSeconds;
        change.accessNanos = times.accessNanos;
        change.modifySeconds = times.modifySeconds;
        change.modifyNanos = times.modifyNanos;
        try {
            calls.change(directory, change);
        } catch (ErrnoException e) {
            // The times are the lesser evil: what is copied is in its place.
            return;
        }
    }

    private record Times(long accessSeconds, int accessNanos, long modifySeconds, int modifyNanos) {
        static Times of(Stat stat) {
            return new Times(stat.accessSeconds, stat.accessNanos, stat.modifySeconds, stat.modifyNanos);
        }
    }
}
