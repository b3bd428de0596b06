package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/**
 * Makes, removes and moves the names of a tree: finds the errors in the order of {@code fs/namei.c} before the {@link TreeFileSystem} is
 * asked to change anything.
 */
final class TreeNames {
    private static final int DONE = FileSystem.DONE;

    private final TreeFileSystem tree;
    private final TreeWalk walk;
    private final RenameSequence renames;

    TreeNames(TreeFileSystem tree, TreeWalk walk, RenameSequence renames) {
        this.tree = tree;
        this.walk = walk;
        this.renames = renames;
    }

    int mkdir(ResolvingPath path, int mode) throws ErrnoException {
        int outcome = walkToCreate(path, true);
        return outcome == DONE ? tree.makeDirectory(path, found(path), mode) : outcome;
    }

    int mknod(ResolvingPath path, int mode, long deviceNumber) throws ErrnoException {
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
        return tree.makeNode(path, found(path), type == 0 ? mode | StatMode.S_IFREG : mode, deviceNumber);
    }

    int symlink(ResolvingPath path, MemorySegment target) throws ErrnoException {
        int outcome = walkToCreate(path, false);
        return outcome == DONE ? tree.makeSymlink(path, found(path), target) : outcome;
    }

    int link(ResolvingPath path, VirtualDentry existing) throws ErrnoException {
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
        if (!path.credentials().sees(file.inode())) {
            return fail(Errno.EOVERFLOW);
        }
        if (!path.protection().mayLink(path.credentials(), file.inode())) {
            return fail(Errno.EPERM);
        }
        outcome = mayCreate(path, found(path));
        if (outcome != DONE) {
            return outcome;
        }
        boolean refused = file.inode().isGuarded() || file.inode().isDirectory();
        return refused ? fail(Errno.EPERM) : tree.makeLink(path, found(path), file);
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
        return tree.missingName();
    }

    int mayCreate(ResolvingPath path, TreeDentry directory) {
        if (path.componentLength() > Name.MAX) {
            return fail(Errno.ENAMETOOLONG);
        }
        int missing = tree.missingName();
        if (missing != DONE) {
            return missing;
        }
        if (path.mount().isReadOnly()) {
            return fail(Errno.EROFS);
        }
        return mayEnter(path, directory);
    }

    /** The kernel's {@code may_create}. */
    private static int mayEnter(ResolvingPath path, TreeDentry directory) {
        return path.credentials().mayOwn() ? mayChange(path, directory) : fail(Errno.EOVERFLOW);
    }

    private static int mayChange(ResolvingPath path, TreeDentry directory) {
        return Permissions.check(path.credentials(), directory.inode(), Permissions.WRITE | Permissions.EXECUTE);
    }

    int unlink(ResolvingPath path) throws ErrnoException {
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
        } while (outcome == TreeFileSystem.AGAIN);
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
        return path.removed(victim, tree.removeFile(path, directory, victim));
    }

    int rmdir(ResolvingPath path) throws ErrnoException {
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
        } while (outcome == TreeFileSystem.AGAIN);
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
            if (!TreeFileSystem.names(path, directory, victim)) {
                return TreeFileSystem.AGAIN;
            }
            outcome = tree.removeDirectory(path, directory, victim);
        } finally {
            renames.unlockForRename();
        }
        return path.removed(victim, outcome);
    }

    /** The kernel's {@code may_delete}: write permission on the directory, in a sticky one ownership, and no flags that forbid it. */
    private static int mayDelete(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        if (!path.credentials().sees(victim.inode())) {
            return fail(Errno.EOVERFLOW);
        }
        int outcome = mayChange(path, directory);
        if (outcome != DONE) {
            return outcome;
        }
        boolean forbidden = directory.inode().isAppendOnly()
                || victim.inode().isGuarded()
                || Permissions.stickyForbids(path.credentials(), directory.inode(), victim.inode());
        return forbidden ? fail(Errno.EPERM) : DONE;
    }

    int rename(ResolvingPath path, ResolvingPath from, int flags) throws ErrnoException {
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
            if (outcome == TreeFileSystem.AGAIN) {
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
        return asks && tree.revalidate(path.credentials(), directory, present) == null;
    }

    private int renameFound(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        if (target == null && path.componentLength() > Name.MAX) {
            return fail(Errno.ENAMETOOLONG);
        }
        if (target == null && tree.missingName() != DONE) {
            return tree.missingName();
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
        outcome = target == null ? mayEnter(path, found(path)) : mayDelete(path, found(path), target);
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
        return tree.renameEntry(path, from, source, target, flags);
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

    private static int fail(Errno errno) {
        return TreeFileSystem.fail(errno);
    }
}
