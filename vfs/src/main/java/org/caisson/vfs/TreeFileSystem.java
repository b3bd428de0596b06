package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * A file system whose tree is made of {@link TreeDentry}s in memory. It walks, checks permissions and finds the errors
 * that Linux finds, in Linux's order ({@code fs/namei.c}); what is left for a kind of file system stands in the protected
 * methods at the end, which refuse by default.
 */
public abstract class TreeFileSystem extends FileSystem {
    /** From what removes or moves an entry: it is another by now than the one that was given, which must be found again. */
    protected static final int AGAIN = 2;

    private final ForgottenNames forgotten = new ForgottenNames();
    private final RenameSequence renames = new RenameSequence();
    private final TreeMoves moves = new TreeMoves(renames);

    @SuppressWarnings("this-escape") // the walk only keeps it
    private final TreeWalk walk = new TreeWalk(this, renames);

    @SuppressWarnings("this-escape") // they only keep it
    private final TreeNames names = new TreeNames(this, walk, renames);

    @SuppressWarnings("this-escape") // it only keeps it
    private final TreeOpening opening = new TreeOpening(this, walk, names);

    @SuppressWarnings("this-escape") // they only keep it
    private final TreeXattrs xattrs = new TreeXattrs(this);

    /** For subclasses. */
    protected TreeFileSystem() {}

    @Override
    public abstract TreeDentry root();

    @Override
    public final Object identityOf(Dentry dentry) {
        return ((TreeDentry) dentry).inode();
    }

    @Override
    protected final boolean isDirectory(Dentry dentry) {
        return ((TreeDentry) dentry).inode().isDirectory();
    }

    @Override
    protected final @Nullable Dentry parentOf(Dentry dentry) {
        return ((TreeDentry) dentry).parent();
    }

    @Override
    protected final Name nameOf(Dentry dentry) {
        return ((TreeDentry) dentry).name();
    }

    @Override
    protected final long moves() {
        return renames.begin();
    }

    @Override
    protected final boolean isSpecial(Dentry dentry) {
        return Inodes.isSpecial(((TreeDentry) dentry).inode());
    }

    @Override
    protected final int lookupAt(ResolvingPath path) throws ErrnoException {
        return walk.walk(path, false);
    }

    @Override
    protected final int parentAt(ResolvingPath path) throws ErrnoException {
        return walk.walk(path, true);
    }

    @Override
    protected final int statAt(ResolvingPath path, Stat out) throws ErrnoException {
        int outcome = walk.walk(path, false);
        if (outcome == DONE) {
            refresh(found(path).inode());
            stat(found(path), out);
        }
        return outcome;
    }

    /** Fills what stat(2) tells, all but the mount. */
    protected final void stat(TreeDentry dentry, Stat out) {
        stat(dentry.inode(), out);
    }

    /** The same of a file by any of its names. */
    protected final void stat(Inode inode, Stat out) {
        out.device = device();
        if (out.extended) {
            out.beginExtended();
            if (superBlock().isReadOnly()) {
                out.mask &= ~Statx.STATX_ATIME;
            }
        }
        inode.stat(out);
    }

    /**
     * Fills what stat(2) tells of a file that is open, and what statx(2) tells of its mount.
     *
     * @param place where it was opened
     */
    protected final void stat(VirtualDentry place, Stat out) {
        stat((TreeDentry) place.dentry(), out);
        out.seenThrough(place.mount(), place.dentry());
    }

    @Override
    protected final int accessAt(ResolvingPath path, int wanted) throws ErrnoException {
        int outcome = walk.walk(path, false);
        if (outcome != DONE || wanted == 0) {
            return outcome;
        }
        Inode inode = found(path).inode();
        if ((wanted & Permissions.EXECUTE) != 0
                && StatMode.isRegular(inode.mode())
                && path.mount().isNoExec()) {
            return fail(Errno.EACCES);
        }
        int refused = Permissions.check(path.credentials(), inode, wanted);
        if (refused != DONE) {
            return refused;
        }
        boolean writesData = (wanted & Permissions.WRITE) != 0 && !Inodes.isSpecial(inode);
        return writesData && path.mount().isReadOnly() ? fail(Errno.EROFS) : DONE;
    }

    @Override
    protected final int readlinkAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        int outcome = walk.walk(path, false);
        if (outcome != DONE) {
            return outcome;
        }
        Inode inode = found(path).inode();
        if (!inode.isSymlink()) {
            return fail(Errno.EINVAL);
        }
        byte[] bytes = linkTarget(path.credentials(), inode);
        int copied = (int) Math.min(bytes.length, target.byteSize());
        MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, copied);
        path.length(copied);
        touch(path.mount(), 0, inode);
        return DONE;
    }

    @Override
    protected final int setStatAt(ResolvingPath path, SetStat change) throws ErrnoException {
        int outcome = walk.walk(path, false);
        if (outcome != DONE) {
            return outcome;
        }
        Inode inode = found(path).inode();
        if (change.has(SetStat.SIZE)) {
            if (inode.isDirectory()) {
                return fail(Errno.EISDIR);
            }
            if (!StatMode.isRegular(inode.mode()) || change.size < 0) {
                return fail(Errno.EINVAL);
            }
        }
        if (path.mount().isReadOnly()) {
            return fail(Errno.EROFS);
        }
        if (change.has(SetStat.SIZE)) {
            int refused = Permissions.check(path.credentials(), inode, Permissions.WRITE);
            if (refused != DONE) {
                return refused;
            }
            if (inode.isAppendOnly()) {
                return fail(Errno.EPERM);
            }
        }
        return changeAndTell(path.credentials(), found(path), change);
    }

    private int changeAndTell(Credentials credentials, TreeDentry dentry, SetStat change) throws ErrnoException {
        Inode inode = dentry.inode();
        int mode = inode.mode();
        int outcome = changeAttributes(credentials, inode, change);
        FileSystemObserver observer = observer();
        if (outcome == DONE && observer != null) {
            observer.attributesSet(dentry, change.mask | lostSetIds(inode, mode));
            observer.unused(dentry);
        }
        return outcome;
    }

    /** That set-id bits went with another change. */
    static int lostSetIds(Inode inode, int before) {
        return inode.mode() == before ? 0 : SetStat.MODE;
    }

    @Override
    protected final int openAt(ResolvingPath path, OpenOptions options) throws ErrnoException {
        return opening.open(path, options);
    }

    @Override
    protected final int mkdirAt(ResolvingPath path, int mode) throws ErrnoException {
        return names.mkdir(path, mode);
    }

    @Override
    protected final int mknodAt(ResolvingPath path, int mode, long deviceNumber) throws ErrnoException {
        return names.mknod(path, mode, deviceNumber);
    }

    @Override
    protected final int symlinkAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        return names.symlink(path, target);
    }

    @Override
    protected final int linkAt(ResolvingPath path, VirtualDentry existing) throws ErrnoException {
        return names.link(path, existing);
    }

    @Override
    protected final int unlinkAt(ResolvingPath path) throws ErrnoException {
        return names.unlink(path);
    }

    @Override
    protected final int rmdirAt(ResolvingPath path) throws ErrnoException {
        return names.rmdir(path);
    }

    @Override
    protected final int renameAt(ResolvingPath path, ResolvingPath from, int flags) throws ErrnoException {
        return names.rename(path, from, flags);
    }

    @Override
    protected int getXattrAt(ResolvingPath path, Name name, MemorySegment target) throws ErrnoException {
        int outcome = walk.walk(path, false);
        return outcome == DONE
                ? leave(path, xattrs.get(path.credentials(), found(path).inode(), name, target))
                : outcome;
    }

    @Override
    protected int listXattrAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        int outcome = walk.walk(path, false);
        return outcome == DONE
                ? leave(path, xattrs.list(path.credentials(), found(path).inode(), target))
                : outcome;
    }

    private static int leave(ResolvingPath path, long outcome) {
        path.length(Math.max(outcome, 0));
        return (int) Math.min(outcome, DONE);
    }

    @Override
    protected int setXattrAt(ResolvingPath path, Name name, MemorySegment value, int flags) throws ErrnoException {
        return changeXattr(path, name, value, flags);
    }

    @Override
    protected int removeXattrAt(ResolvingPath path, Name name) throws ErrnoException {
        return changeXattr(path, name, null, XattrRules.REPLACE);
    }

    private int changeXattr(ResolvingPath path, Name name, @Nullable MemorySegment value, int flags)
            throws ErrnoException {
        int outcome = walk.walk(path, false);
        if (outcome != DONE) {
            return outcome;
        }
        return path.mount().isReadOnly()
                ? fail(Errno.EROFS)
                : xattrs.set(path.credentials(), found(path).inode(), name, value, flags);
    }

    /** What a description of a file of this tree does for fgetxattr(2). */
    protected long getXattr(Credentials caller, Inode inode, Name name, MemorySegment target) throws ErrnoException {
        return checked(xattrs.get(caller, inode, name, target));
    }

    /** What a description of a file of this tree does for flistxattr(2). */
    protected long listXattr(Credentials caller, Inode inode, MemorySegment target) throws ErrnoException {
        return checked(xattrs.list(caller, inode, target));
    }

    /** What a description of a file of this tree does for fsetxattr(2) and, without a value, for fremovexattr(2). */
    protected void changeXattr(
            FileDescription opened, Credentials caller, Name name, @Nullable MemorySegment value, int flags)
            throws ErrnoException {
        checked(value == null ? XattrRules.checkName(name) : XattrRules.checkArguments(name, value, flags));
        if (opened.place().mount().isReadOnly()) {
            throw Errno.EROFS.exception();
        }
        Inode inode = ((TreeDentry) opened.place().dentry()).inode();
        Credentials mapped = opened.place().mount().through(caller);
        checked(xattrs.set(mapped, inode, name, value, value == null ? XattrRules.REPLACE : flags));
        opened.tellXattrSet(name);
    }

    private static long checked(long outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of((int) -outcome).exception();
        }
        return outcome;
    }

    private static TreeDentry found(ResolvingPath path) {
        return (TreeDentry) path.found();
    }

    /**
     * Whether the last component of a path names an entry of a directory still. Certain until the caller gives back the monitor of the
     * directory, or the lock that keeps renames out.
     */
    protected static boolean names(ResolvingPath path, TreeDentry directory, TreeDentry entry) {
        return directory.child(path) == entry;
    }

    static int fail(Errno errno) {
        return -errno.number();
    }

    /** What a description of a file of this tree does for the ioctl(2) requests that are about flags of files. */
    final long flagRequest(FileDescription opened, Credentials caller, int command, MemorySegment argument)
            throws ErrnoException {
        return FileFlagRequests.serve(this, opened, opened.place().mount().through(caller), command, argument);
    }

    /** The {@link org.caisson.linux.FileFlags} that files may have here; 0 if they have none. */
    protected int knownFileFlags() {
        return 0;
    }

    /** Tells the flags of a file, of an inode that may have some. */
    protected int fileFlags(FileDescription opened) throws ErrnoException {
        return ((TreeDentry) opened.place().dentry()).inode().fileFlags();
    }

    /** Sets the flags of a file, all of them known; the caller may do so. */
    protected void setFileFlags(FileDescription opened, int flags) throws ErrnoException {
        throw Errno.EOPNOTSUPP.exception();
    }

    // What happens here, for who watches.

    @Override
    protected final boolean isUnlinked(Dentry dentry) {
        TreeDentry known = (TreeDentry) dentry;
        return !known.hasName() && known.parent() != null;
    }

    @Override
    protected final boolean isGone(Dentry dentry) {
        return isUnlinked(dentry) && ((TreeDentry) dentry).inode().isGone((TreeDentry) dentry);
    }

    @Override
    protected final void forEachName(Dentry dentry, Consumer<Dentry> visitor) {
        ((TreeDentry) dentry).inode().forEachName(visitor);
    }

    @Override
    protected void forEachChild(Dentry directory, Consumer<Dentry> visitor) {
        ((TreeDentry) directory).forEachChild(visitor::accept);
    }

    @Override
    protected final void settle() {
        renames.lockForRename();
        renames.unlockForRename();
        Deque<TreeDentry> waiting = new ArrayDeque<>();
        waiting.add(root());
        forgotten.forEach(waiting::add);
        while (!waiting.isEmpty()) {
            TreeDentry next = waiting.remove();
            if (next.inode().isDirectory()) {
                // Who changes names holds one of these from before it looks for an observer until the names have
                // changed.
                synchronized (next.inode()) {
                    next.inode().settle();
                }
                synchronized (next) {
                    next.forEachChild(waiting::add);
                }
            } else {
                next.inode().settle();
            }
        }
    }

    /**
     * Before names change: called with the monitors of the directories, and no lock of a file. {@link #endNames} must follow, and what
     * happened be told before it.
     *
     * @return who is to be told, null for nobody
     */
    protected final @Nullable FileSystemObserver beginNames() {
        FileSystemObserver observer = observer();
        if (observer != null) {
            observer.begin();
        }
        return observer;
    }

    /** After {@link #beginNames}. */
    protected final void endNames(@Nullable FileSystemObserver observer) {
        if (observer != null) {
            observer.end();
        }
    }

    /** Notes the root, so that walks need not look at it if everybody may search it. */
    protected static void addRoot(TreeDentry root) {
        root.inode().addDentry(root);
    }

    /** Notes the dentry of a file that is made without a name, for a user whom the inode knows. */
    protected final void addNameless(TreeDentry dentry) {
        dentry.inode().addDentry(dentry);
        dentry.inode().removeDentry(dentry);
    }

    /**
     * Tells that bytes of a file may be others than before, with the lock of its data held.
     *
     * @param size the size of the file now, in bytes
     */
    protected final void tellDataChanged(Inode inode, long offset, long length, long size) {
        FileSystemObserver observer = observer();
        if (observer != null) {
            TreeDentry dentry = inode.anyDentry();
            if (dentry != null) {
                observer.dataChanged(dentry, offset, length, size);
            }
        }
    }

    // What a kind of file system adds.

    /** Whether {@link #mayHoldMore} never says anything but no, so that a name which is missing need not be looked for again. */
    protected boolean isAlwaysComplete() {
        return false;
    }

    /** Whether a directory may have entries that are not in its table, so that {@link #lookupMissing} is asked. */
    protected boolean mayHoldMore(TreeDentry directory) {
        return false;
    }

    /** Looks up a name that is not in the table; null if there is none. Several threads may ask at once. */
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name)
            throws ErrnoException {
        return null;
    }

    /** An entry of a directory that is not in its table. */
    public record UnlistedEntry(Name name, long inode, int mode, int cookie) {}

    /** The first such entry whose cookie is not less, of a directory that {@link #mayHoldMore}, if they are to be listed. Under its monitor. */
    protected @Nullable UnlistedEntry unlistedFrom(TreeDentry directory, int cookie) {
        return null;
    }

    /** What a dentry that was made to be revalidated has become: the same, another, or null if it is gone. */
    protected @Nullable TreeDentry revalidate(Credentials credentials, TreeDentry directory, TreeDentry known)
            throws ErrnoException {
        return known;
    }

    /** The target of a symbolic link, not to be changed by the caller. */
    protected byte[] linkTarget(Credentials credentials, Inode link) throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    /**
     * Where a magic link leads that stands for a place and not for a path, such as those of {@code /proc/PID/fd}; null for other
     * links. The target of such a link is only for readlink(2).
     */
    protected @Nullable VirtualDentry magicTarget(Credentials credentials, Inode link) throws ErrnoException {
        return null;
    }

    /** Opens a file that may be opened so. */
    protected abstract FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException;

    /** Opens a named pipe, by {@code Pipe.open} of {@code org.caisson.vfs.pipe}; no lock is held, for that may wait. */
    protected FileDescription openFifo(
            VirtualDentry place, Credentials credentials, int flags, @Nullable Interruption interruption)
            throws ErrnoException {
        throw Errno.ENXIO.exception();
    }

    /** What a description of a file of this tree does for fchmod(2), fchown(2), ftruncate(2) and futimens(3). */
    protected final void changeOpened(FileDescription opened, Credentials asker, SetStat change) throws ErrnoException {
        Credentials caller = opened.place().mount().through(asker);
        Inode inode = ((TreeDentry) opened.place().dentry()).inode();
        if (change.has(SetStat.SIZE) && (change.size < 0 || !opened.isWritable() || !inode.isRegular())) {
            throw Errno.EINVAL.exception();
        }
        if (change.has(SetStat.SIZE) && inode.isAppendOnly()) {
            throw Errno.EPERM.exception();
        }
        if (opened.place().mount().isReadOnly()) {
            throw Errno.EROFS.exception();
        }
        int mask = change.mask;
        if (change.has(SetStat.SIZE)) {
            // Unlike truncate(2), ftruncate(2) notes that the file was modified even if its size stays.
            change.mask |= SetStat.MODIFY_TIME | SetStat.MODIFY_NOW;
        }
        try {
            checked(changeAndTell(caller, (TreeDentry) opened.place().dentry(), change));
        } finally {
            change.mask = mask;
        }
    }

    /** Makes what an inode is about to tell of itself true, where attributes are kept somewhere else. */
    protected void refresh(Inode inode) throws ErrnoException {}

    /** Notes that a file was read through a mount, by a description with these flags: its access time may change. */
    protected void touch(Mount mount, int flags, Inode inode) {}

    /** Changes attributes; that the mount is writable, and the file if its size changes, was checked. */
    protected int changeAttributes(Credentials credentials, Inode inode, SetStat change) throws ErrnoException {
        return fail(Errno.EPERM);
    }

    /** Whether files have extended attributes and access control lists here. */
    protected boolean keepsXattrs() {
        return false;
    }

    /** The value of an attribute that is kept here, not to be changed by the caller; null if there is none. */
    protected byte @Nullable [] xattr(Inode inode, Name name) throws ErrnoException {
        return null;
    }

    /** Visits the names of the attributes, but not of access control lists. */
    protected void forEachXattr(Inode inode, Consumer<Name> visitor) throws ErrnoException {}

    /** Sets an attribute, or removes it if the value is null; flags as of setxattr(2). The caller may do so. */
    protected int setXattr(Inode inode, Name name, byte @Nullable [] value, int flags) throws ErrnoException {
        return fail(Errno.EOPNOTSUPP);
    }

    /** Sets or removes a valid {@link Inode#accessAcl}, whose permissions become those of the mode. */
    protected int setAccessAcl(Credentials credentials, Inode inode, @Nullable Acl acl) throws ErrnoException {
        return fail(Errno.EOPNOTSUPP);
    }

    /** Sets or removes the valid {@link Inode#defaultAcl} of a directory. */
    protected int setDefaultAcl(Inode directory, @Nullable Acl acl) throws ErrnoException {
        return fail(Errno.EOPNOTSUPP);
    }

    /** What a lookup of a missing name says before a file is made of it: procfs gives ENOENT, others {@link #DONE}. */
    protected int missingName() {
        return DONE;
    }

    /** Makes and opens the regular file that the last component names; the directory may be written. */
    protected int createFile(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        return fail(Errno.EACCES);
    }

    /** Makes and opens a file without a name (O_TMPFILE). */
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        return fail(Errno.EOPNOTSUPP);
    }

    /** Makes the directory that the last component names. */
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) throws ErrnoException {
        return fail(Errno.EPERM);
    }

    /** Makes the node that the last component names. */
    protected int makeNode(ResolvingPath path, TreeDentry directory, int mode, long number) throws ErrnoException {
        return (mode & StatMode.S_IFMT) == StatMode.S_IFREG || (mode & StatMode.S_IFMT) == 0
                ? fail(Errno.EACCES)
                : fail(Errno.EPERM);
    }

    /** Makes the symbolic link that the last component names. */
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) throws ErrnoException {
        return fail(Errno.EPERM);
    }

    /** Makes the last component another name of a file. */
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) throws ErrnoException {
        return fail(Errno.EPERM);
    }

    /** Removes a name of a file that is no directory. */
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return fail(Errno.EPERM);
    }

    /** Removes a directory. */
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return fail(Errno.EPERM);
    }

    /**
     * Moves {@code source} to the last component of {@code path}, over or in exchange for {@code target} if it is there, by {@link
     * #move}, {@link #replace} or {@link #exchange}. No other rename of this file system goes on meanwhile.
     */
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        return fail(Errno.EPERM);
    }

    /** Puts a dentry into its directory's table unless there is one of its name; returns the one that is there now. */
    protected final TreeDentry attach(TreeDentry directory, TreeDentry child) {
        child.inode().addDentry(child);
        TreeDentry present = directory.attach(child);
        if (present != child) {
            child.inode().removeDentry(child);
        }
        return present;
    }

    /** Puts a dentry whose name is free, and whose cookie is, into its directory's table. */
    protected final void attach(TreeDentry directory, TreeDentry child, int cookie) {
        child.inode().addDentry(child);
        directory.attach(child, cookie);
    }

    /** Takes a dentry out of its directory's table; false if it was not there. */
    protected final boolean detach(TreeDentry directory, TreeDentry child) {
        boolean detached = directory.detach(child);
        if (detached) {
            child.inode().removeDentry(child);
        }
        return detached;
    }

    /**
     * Takes a dentry out of its directory's table whose name stays, to be looked up again: nobody has it open, nothing is mounted on it,
     * it has no children, and {@link #mayForget} agrees. Takes the monitor of its directory, so none of another one may be held. What
     * else refers to it, such as a walk, a watch of its file or a name in a directory that came meanwhile, finds it where it was: as long
     * as there is such a thing, {@link #recall} finds this very dentry again.
     *
     * @return false if it stays, to be tried again later
     */
    protected final boolean forget(TreeDentry child) {
        TreeDentry directory = child.parent();
        if (directory == null || child.isMountPoint() || child.mayHaveChildren()) {
            return false;
        }
        synchronized (directory) {
            if (child.parent() != directory) {
                return false;
            }
            if (directory.child(child.name()) != child) {
                return true;
            }
            if (!mayForget(directory, child) || !child.inode().forgetDentry(child)) {
                return false;
            }
            forgotten.add(child);
            return directory.forget(child);
        }
    }

    /** Whether a child may be forgotten, from the next moment on; the monitor of the directory is held. */
    protected boolean mayForget(TreeDentry directory, TreeDentry child) {
        return true;
    }

    /**
     * The dentry of a name that is not in its directory's table, if it was forgotten and somebody still has it: to be attached again, or
     * forgotten for good if it is not what the name leads to. The caller holds the monitor of the directory.
     */
    protected final @Nullable TreeDentry recall(TreeDentry directory, Name name) {
        return forgotten.take(directory, name);
    }

    /**
     * Moves a dentry to another directory or name; walks see the old place or the new.
     *
     * @return false, with nothing changed, if the name is not free or the dentry not in its directory any more
     */
    protected final boolean move(TreeDentry child, TreeDentry newParent, Name newName) {
        return moves.move(child, newParent, newName, null);
    }

    /**
     * Moves a dentry to where another one is, which is in no directory then; walks see the one or the other.
     *
     * @return false, with nothing changed, if one of them is not in its directory any more
     */
    protected final boolean replace(TreeDentry child, TreeDentry replaced) {
        TreeDentry parent = replaced.parent();
        boolean moved = parent != null && moves.move(child, parent, replaced.name(), replaced);
        if (moved) {
            replaced.inode().removeDentry(replaced);
        }
        return moved;
    }

    /**
     * Exchanges the places of two dentries; walks see both before or both after.
     *
     * @return false, with nothing changed, if one of them is not in its directory any more
     */
    protected final boolean exchange(TreeDentry one, TreeDentry other) {
        return moves.exchange(one, other);
    }
}
