package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Acl;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** Makes new entries in the upper layer, over a whiteout if there is one. */
final class EntryCreation {
    private static final byte[] YES = {'y'};
    private static final int EXCHANGE = 2;

    private final OverlayFileSystem overlay;
    private final LayerCalls calls;
    private final Workspace workspace;
    private final CopyUp copyUp;
    private final HardLinks hardLinks;

    EntryCreation(OverlayFileSystem overlay, Workspace workspace, CopyUp copyUp, HardLinks hardLinks) {
        this.overlay = overlay;
        this.calls = overlay.layers().calls();
        this.workspace = workspace;
        this.copyUp = copyUp;
        this.hardLinks = hardLinks;
    }

    /** Makes one entry in a directory of the upper layer; EEXIST if there is one of the name. */
    @FunctionalInterface
    private interface Maker {
        /** Returns what was opened by making it, if anything. */
        @Nullable
        FileDescription make(VirtualDentry directory, Name name, Credentials owner) throws ErrnoException;
    }

    /** A new file, and the upper layer's description of it if it was opened. */
    record Made(OverlayDentry dentry, @Nullable FileDescription opened) {}

    Made file(Credentials caller, OverlayDentry directory, Name name, int flags, int mode) throws ErrnoException {
        int type = StatMode.S_IFREG | mode;
        int kept = flags & ~(OpenFlags.O_TRUNC | OpenFlags.O_DIRECTORY);
        return create(
                caller,
                directory,
                name,
                type,
                (in, as, owner) -> calls.create(in, as, kept, newMode(caller, directory, type), owner));
    }

    Made directory(Credentials caller, OverlayDentry directory, Name name, int mode) throws ErrnoException {
        int type = StatMode.S_IFDIR | mode;
        return create(caller, directory, name, type, (in, as, owner) -> {
            calls.mkdir(in, as, newMode(caller, directory, type), owner);
            return null;
        });
    }

    Made node(Credentials caller, OverlayDentry directory, Name name, int mode, long device) throws ErrnoException {
        return create(caller, directory, name, mode, (in, as, owner) -> {
            int type = mode & StatMode.S_IFMT;
            calls.mknod(in, as, type | newMode(caller, directory, mode), device, owner);
            return null;
        });
    }

    Made symlink(Credentials caller, OverlayDentry directory, Name name, MemorySegment target) throws ErrnoException {
        return create(caller, directory, name, StatMode.S_IFLNK | 0777, (in, as, owner) -> {
            calls.symlink(in, as, target, owner);
            return null;
        });
    }

    /** What the directory's set-group-id bit, its default access control list or the umask make of a mode. */
    private static int newMode(Credentials caller, OverlayDentry directory, int mode) {
        return AttributeChange.newMode(caller, directory.file(), mode) & 07777;
    }

    private Credentials owner(Credentials caller, OverlayDentry directory) {
        return calls.owner(caller.uid(), AttributeChange.newGroup(caller, directory.file()));
    }

    private Made create(Credentials caller, OverlayDentry directory, Name name, int mode, Maker maker)
            throws ErrnoException {
        copyUp.directory(directory);
        OverlayInode parent = directory.file();
        Made made;
        synchronized (directory) {
            overlay.entries().requireFree(directory, name);
            VirtualDentry upper = parent.upperPlace();
            boolean isDirectory = StatMode.isDirectory(mode);
            FileDescription opened;
            boolean opaque = false;
            if (hidesSomething(parent, upper, name)) {
                opened = overWhiteout(caller, directory, name, isDirectory, maker);
                opaque = isDirectory;
            } else {
                opened = maker.make(upper, name, owner(caller, directory));
                if (isDirectory && parent.hasLower()) {
                    opaque = tryMarkOpaque(calls.lookup(upper, name));
                }
            }
            made = new Made(instantiate(directory, name, calls.lookup(upper, name), opaque), opened);
        }
        overlay.entries().makeRoom();
        return made;
    }

    /** Whether the upper layer has a whiteout of this name. */
    private boolean hidesSomething(OverlayInode parent, VirtualDentry upper, Name name) throws ErrnoException {
        if (parent.isComplete()) {
            return false;
        }
        Stat stat = calls.tryStat(upper, name);
        if (stat == null) {
            return false;
        }
        if (!LayerCalls.isWhiteoutDevice(stat)) {
            throw Errno.ESTALE.exception();
        }
        return true;
    }

    /** Nothing is beneath that it would have to hide: it only saves lookups there. */
    private boolean tryMarkOpaque(VirtualDentry made) {
        try {
            calls.setAttribute(made, overlay.layers().attributes().opaque, YES);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    private OverlayDentry instantiate(OverlayDentry directory, Name name, VirtualDentry made, boolean opaque)
            throws ErrnoException {
        OverlayInode inode = overlay.files().newFile(directory.file(), made);
        if (inode.isDirectory()) {
            inode.setComplete();
            if (opaque) {
                inode.setOpaque();
            }
        }
        return overlay.entries().enter(directory, name, inode, false);
    }

    private @Nullable FileDescription overWhiteout(
            Credentials caller, OverlayDentry directory, Name name, boolean isDirectory, Maker maker)
            throws ErrnoException {
        OverlayInode parent = directory.file();
        VirtualDentry upper = parent.upperPlace();
        VirtualDentry work = workspace.directory();
        Name temporary = workspace.temporary();
        FileDescription opened = maker.make(work, temporary, owner(caller, directory));
        try {
            inherit(parent, calls.lookup(work, temporary), isDirectory);
            calls.rename(work, temporary, upper, name, isDirectory ? EXCHANGE : 0);
        } catch (ErrnoException e) {
            if (opened != null) {
                opened.release();
            }
            workspace.discard(temporary);
            throw e;
        }
        if (isDirectory) {
            workspace.discard(temporary);
        }
        return opened;
    }

    /** Gives what is made in the workspace what it would have got of its directory. */
    private void inherit(OverlayInode parent, VirtualDentry made, boolean isDirectory) throws ErrnoException {
        Stat stat = calls.stat(made);
        int mode = stat.mode;
        Acl acl = AttributeChange.newAcl(parent, mode);
        if (acl != null) {
            calls.setAttribute(made, Acl.ACCESS, acl.toBytes());
        }
        if (!isDirectory) {
            return;
        }
        Acl inherited = parent.defaultAcl();
        if (inherited != null) {
            calls.setAttribute(made, Acl.DEFAULT, inherited.toBytes());
        }
        if ((parent.mode() & StatMode.S_ISGID) != 0) {
            SetStat change = new SetStat();
            change.mask = SetStat.MODE;
            change.mode = mode | StatMode.S_ISGID;
            calls.change(made, change);
        }
        calls.setAttribute(made, overlay.layers().attributes().opaque, YES);
    }

    /** Makes a further name of a file. */
    void link(OverlayDentry directory, Name name, OverlayDentry existing) throws ErrnoException {
        OverlayInode inode = existing.file();
        if (existing.hasName()) {
            copyUp.copy(existing, CopyUp.ATTRIBUTES);
        }
        copyUp.directory(directory);
        if (inode.data() != null) {
            // The data would have to be found by a name that may go; it is simpler not to depend on it.
            copyUp.fill(inode);
        }
        OverlayInode parent = directory.file();
        synchronized (directory) {
            ReentrantLock lock = copyUp.lockOf(inode);
            lock.lock();
            try {
                overlay.entries().requireFree(directory, name);
                VirtualDentry file = inode.upperPlace();
                VirtualDentry upper = parent.upperPlace();
                boolean over = hidesSomething(parent, upper, name);
                if (inode.isCopied()) {
                    copyUp.setImpure(parent);
                }
                if (inode.links() >= 0) {
                    hardLinks.count(inode, inode.links() + 1, 1);
                }
                if (over) {
                    Name temporary = workspace.temporary();
                    calls.link(file, workspace.directory(), temporary);
                    try {
                        calls.rename(workspace.directory(), temporary, upper, name, 0);
                    } catch (ErrnoException e) {
                        workspace.discard(temporary);
                        throw e;
                    }
                } else {
                    calls.link(file, upper, name);
                }
                if (inode.links() >= 0) {
                    inode.links(inode.links() + 1);
                }
                overlay.files().remember(calls.lookup(upper, name), inode);
                overlay.entries().enter(directory, name, inode, true);
            } finally {
                lock.unlock();
            }
        }
        overlay.entries().makeRoom();
    }

    /** Makes a file without a name. */
    Made temporary(Credentials caller, OverlayDentry directory, int flags, int mode) throws ErrnoException {
        copyUp.directory(directory);
        Credentials owner = owner(caller, directory);
        int wanted = newMode(caller, directory, StatMode.S_IFREG | mode);
        FileDescription opened = calls.createTemporary(directory.file().upperPlace(), flags, wanted, owner);
        OverlayInode inode = overlay.files().newFile(directory.file(), opened.place());
        Name number = Name.of("#" + inode.number());
        return new Made(OverlayDentry.of(directory, number, inode, true), opened);
    }
}
