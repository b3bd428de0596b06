package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
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
    private static final Name DEFAULT_ACL = Name.of("system.posix_acl_default");
    private static final byte[] YES = {'y'};
    private static final int EXCHANGE = 2;

    private final OverlayFileSystem overlay;
    private final LayerCalls calls;
    private final Workspace workspace;
    private final CopyUp copyUp;
    private final HardLinks hardLinks;

    EntryCreation(OverlayFileSystem overlay, Workspace workspace, CopyUp copyUp, HardLinks hardLinks) {
        this.overlay = overlay;
        this.calls = overlay.calls();
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

    private static int newMode(Credentials caller, OverlayDentry directory, int mode) {
        return AttributeChange.newMode(caller, directory.file(), mode) & 07777;
    }

    private Credentials owner(Credentials caller, OverlayDentry directory, int umask) {
        return calls.owner(caller.uid(), AttributeChange.newGroup(caller, directory.file()), umask);
    }

    private Made create(Credentials caller, OverlayDentry directory, Name name, int mode, Maker maker)
            throws ErrnoException {
        copyUp.directory(directory);
        OverlayInode parent = directory.file();
        synchronized (parent) {
            overlay.requireFree(directory, name);
            VirtualDentry upper = parent.upperPlace();
            boolean isDirectory = StatMode.isDirectory(mode);
            FileDescription opened;
            boolean opaque = false;
            if (hidesSomething(parent, upper, name)) {
                opened = overWhiteout(caller, directory, name, isDirectory, maker);
                opaque = isDirectory;
            } else {
                opened = maker.make(upper, name, owner(caller, directory, caller.umask()));
                if (isDirectory && parent.hasLower()) {
                    opaque = tryMarkOpaque(calls.lookup(upper, name));
                }
            }
            return new Made(instantiate(directory, name, calls.lookup(upper, name), opaque), opened);
        }
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
            calls.setAttribute(made, overlay.attributes().opaque, YES);
            return true;
        } catch (ErrnoException e) {
            return false;
        }
    }

    private OverlayDentry instantiate(OverlayDentry directory, Name name, VirtualDentry made, boolean opaque)
            throws ErrnoException {
        OverlayInode inode = overlay.newFile(made);
        if (inode.isDirectory()) {
            inode.setComplete();
            if (opaque) {
                inode.setOpaque();
            }
        }
        return overlay.enter(directory, name, inode);
    }

    private @Nullable FileDescription overWhiteout(
            Credentials caller, OverlayDentry directory, Name name, boolean isDirectory, Maker maker)
            throws ErrnoException {
        OverlayInode parent = directory.file();
        byte[] acl = calls.attribute(parent.upperPlace(), DEFAULT_ACL);
        if (acl == null) {
            Credentials owner = owner(caller, directory, caller.umask());
            return inPlaceOfWhiteout(workspace.directory(), parent, name, isDirectory, owner, maker);
        }
        // A directory of the same default ACL, so that the upper file system applies it.
        Name passing = workspace.temporary();
        calls.mkdir(workspace.directory(), passing, 0, calls.mounter());
        try {
            VirtualDentry made = calls.lookup(workspace.directory(), passing);
            calls.setAttribute(made, DEFAULT_ACL, acl);
            Credentials owner = owner(caller, directory, caller.umask());
            return inPlaceOfWhiteout(made, parent, name, isDirectory, owner, maker);
        } finally {
            workspace.discard(passing);
        }
    }

    private @Nullable FileDescription inPlaceOfWhiteout(
            VirtualDentry work, OverlayInode parent, Name name, boolean isDirectory, Credentials owner, Maker maker)
            throws ErrnoException {
        VirtualDentry upper = parent.upperPlace();
        Name temporary = workspace.temporary();
        FileDescription opened = maker.make(work, temporary, owner);
        try {
            if (isDirectory) {
                VirtualDentry made = calls.lookup(work, temporary);
                if ((parent.mode() & StatMode.S_ISGID) != 0) {
                    inheritSetGroupId(made);
                }
                calls.setAttribute(made, overlay.attributes().opaque, YES);
                calls.rename(work, temporary, upper, name, EXCHANGE);
                workspace.discard(work, temporary);
            } else {
                calls.rename(work, temporary, upper, name, 0);
            }
            return opened;
        } catch (ErrnoException e) {
            if (opened != null) {
                opened.release();
            }
            workspace.discard(work, temporary);
            throw e;
        }
    }

    /** The workspace, in which it is made, is not of the group that the new directory passes on. */
    private void inheritSetGroupId(VirtualDentry made) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = calls.stat(made).mode | StatMode.S_ISGID;
        calls.change(made, change);
    }

    /** Makes a further name of a file. */
    OverlayDentry link(OverlayDentry directory, Name name, OverlayDentry existing) throws ErrnoException {
        OverlayInode inode = existing.file();
        if (existing.isAttached()) {
            copyUp.copy(existing, CopyUp.ATTRIBUTES);
        }
        copyUp.directory(directory);
        OverlayInode parent = directory.file();
        synchronized (inode) {
            if (inode.data() != null) {
                // The data would have to be found by a name that may go; it is simpler not to depend on it.
                copyUp.fill(inode);
            }
            synchronized (parent) {
                overlay.requireFree(directory, name);
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
                overlay.rememberLinked(calls.lookup(upper, name), inode);
                return overlay.enter(directory, name, inode);
            }
        }
    }

    /** Makes a file without a name. */
    Made temporary(Credentials caller, OverlayDentry directory, int flags, int mode) throws ErrnoException {
        copyUp.directory(directory);
        Credentials owner = owner(caller, directory, caller.umask());
        int wanted = newMode(caller, directory, StatMode.S_IFREG | mode);
        FileDescription opened = calls.createTemporary(directory.file().upperPlace(), flags, wanted, owner);
        OverlayInode inode = overlay.newFile(opened.place());
        return new Made(OverlayDentry.of(directory, Name.EMPTY, inode, true), opened);
    }
}
