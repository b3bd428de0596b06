package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
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

    private final RenameSequence renames = new RenameSequence();
    private final TreeMoves moves = new TreeMoves(renames);

    @SuppressWarnings("this-escape") // the walk only keeps it
    private final TreeWalk walk = new TreeWalk(this, renames);

    @SuppressWarnings("this-escape") // it only keeps it
    private final TreeOpening opening = new TreeOpening(this, walk);

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
        inode.stat(out);
        out.device = device();
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
        if (!Permissions.allow(path.credentials(), inode, wanted)) {
            return fail(Errno.EACCES);
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
        if (change.has(SetStat.SIZE) && !Permissions.allow(path.credentials(), inode, Permissions.WRITE)) {
            return fail(Errno.EACCES);
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
        int outcome = walkToCreate(path, true);
        return outcome == DONE ? makeDirectory(path, found(path), mode) : outcome;
    }

    @Override
    protected final int mknodAt(ResolvingPath path, int mode, long deviceNumber) throws ErrnoException {
        int outcome = walkToCreate(path, false);
        if (outcome != DONE) {
            return outcome;
        }
        // A whiteout, which is no device, is for everybody to make.
        int type = mode & StatMode.S_IFMT;
        boolean device = type == StatMode.S_IFBLK || (type == StatMode.S_IFCHR && deviceNumber != 0);
        if (device && !path.credentials().has(Capability.MKNOD)) {
            return fail(Errno.EPERM);
        }
        return makeNode(path, found(path), type == 0 ? mode | StatMode.S_IFREG : mode, deviceNumber);
    }

    @Override
    protected final int symlinkAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        int outcome = walkToCreate(path, false);
        return outcome == DONE ? makeSymlink(path, found(path), target) : outcome;
    }

    @Override
    protected final int linkAt(ResolvingPath path, VirtualDentry existing) throws ErrnoException {
        int outcome = walkToName(path, false);
        if (outcome != DONE) {
            return outcome;
        }
        if (path.mount().isReadOnly()) {
            return fail(Errno.EROFS);
        }
        if (existing.mount() != path.mount()) {
            return fail(Errno.EXDEV);
        }
        TreeDentry file = (TreeDentry) existing.dentry();
        if (!path.protection().mayLink(path.credentials(), file.inode())) {
            return fail(Errno.EPERM);
        }
        outcome = mayCreate(path, found(path));
        if (outcome != DONE) {
            return outcome;
        }
        return file.inode().isDirectory() ? fail(Errno.EPERM) : makeLink(path, found(path), file);
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
    protected final long getXattr(Credentials caller, Inode inode, Name name, MemorySegment target)
            throws ErrnoException {
        return checked(xattrs.get(caller, inode, name, target));
    }

    /** What a description of a file of this tree does for flistxattr(2). */
    protected final long listXattr(Credentials caller, Inode inode, MemorySegment target) throws ErrnoException {
        return checked(xattrs.list(caller, inode, target));
    }

    /** What a description of a file of this tree does for fsetxattr(2) and, without a value, for fremovexattr(2). */
    protected final void changeXattr(
            FileDescription opened, Credentials caller, Name name, @Nullable MemorySegment value, int flags)
            throws ErrnoException {
        checked(value == null ? XattrRules.checkName(name) : XattrRules.checkArguments(name, value, flags));
        if (opened.place().mount().isReadOnly()) {
            throw Errno.EROFS.exception();
        }
        Inode inode = ((TreeDentry) opened.place().dentry()).inode();
        checked(xattrs.set(caller, inode, name, value, value == null ? XattrRules.REPLACE : flags));
    }

    private static long checked(long outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of((int) -outcome).exception();
        }
        return outcome;
    }

    /** Walks to where a name is to be made: {@code filename_create} and {@code may_create}. */
    private int walkToCreate(ResolvingPath path, boolean directoryWanted) throws ErrnoException {
        int outcome = walkToName(path, directoryWanted);
        if (outcome != DONE) {
            return outcome;
        }
        return mayCreate(path, found(path));
    }

    private int walkToName(ResolvingPath path, boolean directoryWanted) throws ErrnoException {
        int outcome = walk.walk(path, true);
        if (outcome != DONE) {
            return outcome;
        }
        if (!hasLastName(path)) {
            return fail(Errno.EEXIST);
        }
        if (lastStep(path, found(path)) != null) {
            return fail(Errno.EEXIST);
        }
        if (path.componentLength() > Name.MAX) {
            return fail(Errno.ENAMETOOLONG);
        }
        if (path.mustBeDirectory() && !directoryWanted) {
            return fail(Errno.ENOENT);
        }
        return missingName();
    }

    int mayCreate(ResolvingPath path, TreeDentry directory) {
        if (path.componentLength() > Name.MAX) {
            return fail(Errno.ENAMETOOLONG);
        }
        int missing = missingName();
        if (missing != DONE) {
            return missing;
        }
        if (path.mount().isReadOnly()) {
            return fail(Errno.EROFS);
        }
        return mayChange(path, directory);
    }

    private static int mayChange(ResolvingPath path, TreeDentry directory) {
        return Permissions.allow(path.credentials(), directory.inode(), Permissions.WRITE | Permissions.EXECUTE)
                ? DONE
                : fail(Errno.EACCES);
    }

    @Override
    protected final int unlinkAt(ResolvingPath path) throws ErrnoException {
        int outcome = walk.walk(path, true);
        if (outcome != DONE) {
            return outcome;
        }
        if (!hasLastName(path)) {
            return fail(Errno.EISDIR);
        }
        if (path.mount().isReadOnly()) {
            return fail(Errno.EROFS);
        }
        do {
            outcome = unlinkLast(path, found(path));
        } while (outcome == AGAIN);
        return outcome;
    }

    private int unlinkLast(ResolvingPath path, TreeDentry directory) throws ErrnoException {
        TreeDentry victim = lastStep(path, directory);
        if (victim == null) {
            return absent(path);
        }
        boolean isDirectory = victim.inode().isDirectory();
        if (path.mustBeDirectory()) {
            return isDirectory ? fail(Errno.EISDIR) : fail(Errno.ENOTDIR);
        }
        int outcome = mayDelete(path, directory, victim);
        if (outcome != DONE) {
            return outcome;
        }
        if (isDirectory) {
            return fail(Errno.EISDIR);
        }
        if (path.isLocalMountPoint(victim)) {
            return fail(Errno.EBUSY);
        }
        return path.removed(victim, removeFile(path, directory, victim));
    }

    @Override
    protected final int rmdirAt(ResolvingPath path) throws ErrnoException {
        int outcome = walk.walk(path, true);
        if (outcome != DONE) {
            return outcome;
        }
        if (path.isDone()) {
            return fail(Errno.EBUSY);
        }
        if (path.isDots()) {
            return path.isDot() ? fail(Errno.EINVAL) : fail(Errno.ENOTEMPTY);
        }
        if (path.mount().isReadOnly()) {
            return fail(Errno.EROFS);
        }
        do {
            outcome = rmdirLast(path, found(path));
        } while (outcome == AGAIN);
        return outcome;
    }

    private int rmdirLast(ResolvingPath path, TreeDentry directory) throws ErrnoException {
        TreeDentry victim = lastStep(path, directory);
        if (victim == null) {
            return absent(path);
        }
        int outcome = mayDelete(path, directory, victim);
        if (outcome != DONE) {
            return outcome;
        }
        if (!victim.inode().isDirectory()) {
            return fail(Errno.ENOTDIR);
        }
        if (path.isLocalMountPoint(victim)) {
            return fail(Errno.EBUSY);
        }
        // A rename holds the monitors of several directories in no order, and this needs two.
        renames.lockForRename();
        try {
            if (!names(path, directory, victim)) {
                return AGAIN;
            }
            outcome = removeDirectory(path, directory, victim);
        } finally {
            renames.unlockForRename();
        }
        return path.removed(victim, outcome);
    }

    /** The kernel's {@code may_delete}: write permission on the directory, and in a sticky one ownership. */
    private static int mayDelete(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        int outcome = mayChange(path, directory);
        if (outcome != DONE) {
            return outcome;
        }
        return Permissions.stickyForbids(path.credentials(), directory.inode(), victim.inode())
                ? fail(Errno.EPERM)
                : DONE;
    }

    @Override
    protected final int renameAt(ResolvingPath path, ResolvingPath from, int flags) throws ErrnoException {
        int outcome = walk.walk(path, true);
        if (outcome != DONE) {
            return outcome;
        }
        if (from.mount() != path.mount()) {
            return fail(Errno.EXDEV);
        }
        if (!hasLastName(from)) {
            return fail(Errno.EBUSY);
        }
        if (!hasLastName(path)) {
            return (flags & TreeRename.NOREPLACE) != 0 ? fail(Errno.EEXIST) : fail(Errno.EBUSY);
        }
        if (path.mount().isReadOnly()) {
            return fail(Errno.EROFS);
        }
        while (true) {
            TreeDentry source = lastStep(from, found(from));
            if (source == null) {
                return absent(from);
            }
            TreeDentry target = lastStep(path, found(path));
            // A file system may have taken its time to look up. From here to the move nothing else moves.
            renames.lockForRename();
            try {
                if (!isStill(from, source) || !isStill(path, target)) {
                    continue;
                }
                outcome = renameFound(path, from, source, target, flags);
            } finally {
                renames.unlockForRename();
            }
            if (outcome == AGAIN) {
                continue;
            }
            // The mount lock comes before that of renames.
            if (target == null || (flags & TreeRename.EXCHANGE) != 0 || source.inode() == target.inode()) {
                return outcome;
            }
            return path.removed(target, outcome);
        }
    }

    private boolean isStill(ResolvingPath path, @Nullable TreeDentry entry) throws ErrnoException {
        TreeDentry directory = found(path);
        TreeDentry present = directory.child(path);
        if (present == entry || present == null || entry != null) {
            return present == entry;
        }
        // A dentry may stand for a name that is known to be missing.
        boolean asks = (present.attention() & Dentry.REVALIDATE) != 0;
        return asks && revalidate(path.credentials(), directory, present) == null;
    }

    private int renameFound(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        if (target == null && path.componentLength() > Name.MAX) {
            return fail(Errno.ENAMETOOLONG);
        }
        if (target == null && missingName() != DONE) {
            return missingName();
        }
        int outcome = TreeRename.checkEntries(from, source, path, target, flags);
        if (outcome != DONE) {
            return outcome;
        }
        // Two names of one file: vfs_rename does nothing, and so asks for no permission.
        boolean same = target != null && source.inode() == target.inode();
        return same ? DONE : renameChecked(path, from, source, target, flags);
    }

    private int renameChecked(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        int outcome = mayDelete(from, found(from), source);
        if (outcome != DONE) {
            return outcome;
        }
        outcome = target == null ? mayChange(path, found(path)) : mayDelete(path, found(path), target);
        if (outcome == DONE && target != null) {
            outcome = TreeRename.checkTypes(source, target, flags);
        }
        if (outcome == DONE && found(from) != found(path)) {
            outcome = TreeRename.checkNewParent(path.credentials(), source, target, flags);
        }
        if (outcome != DONE) {
            return outcome;
        }
        if (path.isLocalMountPoint(source) || (target != null && path.isLocalMountPoint(target))) {
            return fail(Errno.EBUSY);
        }
        return renameEntry(path, from, source, target, flags);
    }

    private static int absent(ResolvingPath path) {
        return path.componentLength() > Name.MAX ? fail(Errno.ENAMETOOLONG) : fail(Errno.ENOENT);
    }

    /** Whether the path ends in a name, not at a root nor in {@code .} or {@code ..}. */
    static boolean hasLastName(ResolvingPath path) {
        return !path.isDone() && !path.isDots();
    }

    private @Nullable TreeDentry lastStep(ResolvingPath path, TreeDentry directory) throws ErrnoException {
        return walk.step(path, directory);
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

    // What happens here, for who watches.

    @Override
    protected final boolean isUnlinked(Dentry dentry) {
        TreeDentry known = (TreeDentry) dentry;
        return !known.isAttached() && known.parent() != null;
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
    protected final void forEachChild(Dentry directory, Consumer<Dentry> visitor) {
        ((TreeDentry) directory).forEachChild(visitor::accept);
    }

    @Override
    protected final void settle() {
        renames.lockForRename();
        renames.unlockForRename();
        Deque<TreeDentry> waiting = new ArrayDeque<>();
        waiting.add(root());
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
    protected final void changeOpened(FileDescription opened, Credentials caller, SetStat change)
            throws ErrnoException {
        Inode inode = ((TreeDentry) opened.place().dentry()).inode();
        if (change.has(SetStat.SIZE) && (change.size < 0 || !opened.isWritable() || !inode.isRegular())) {
            throw Errno.EINVAL.exception();
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

    /** Takes a dentry out of its directory's table; false if it was not there. */
    protected final boolean detach(TreeDentry directory, TreeDentry child) {
        boolean detached = directory.detach(child);
        if (detached) {
            child.inode().removeDentry(child);
        }
        return detached;
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
