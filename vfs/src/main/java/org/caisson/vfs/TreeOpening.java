package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;

/** open(2) on a tree, as {@code do_open} and what it calls in {@code fs/namei.c} of the kernel. */
final class TreeOpening {
    private static final int DONE = FileSystem.DONE;

    private final TreeFileSystem tree;
    private final TreeWalk walk;
    private final TreeNames names;

    TreeOpening(TreeFileSystem tree, TreeWalk walk, TreeNames names) {
        this.tree = tree;
        this.walk = walk;
        this.names = names;
    }

    int open(ResolvingPath path, OpenOptions options) throws ErrnoException {
        boolean creates = options.has(OpenFlags.O_CREAT) && !options.has(OpenFlags.O_PATH);
        return creates ? openOrCreate(path, options) : openFound(path, walk.walk(path, false), options);
    }

    /** The loop of open_last_lookups in {@code fs/namei.c}: links at the end are followed even if they dangle. */
    private int openOrCreate(ResolvingPath path, OpenOptions options) throws ErrnoException {
        boolean exclusive = options.has(OpenFlags.O_EXCL);
        int outcome = walk.walk(path, true);
        while (outcome == DONE) {
            TreeDentry directory = found(path);
            if (!TreeNames.hasLastName(path)) {
                // Also a mount on the last name, which was entered after the name was found to exist.
                return exclusive ? fail(Errno.EEXIST) : openFound(path, finish(path, directory), options);
            }
            if (path.mustBeDirectory()) {
                return fail(Errno.EISDIR);
            }
            TreeDentry present = walk.step(path, directory);
            if (present == null) {
                outcome = names.mayCreate(path, directory);
                if (outcome != DONE) {
                    return outcome;
                }
                outcome = tellOpened(path, tree.createFile(path, directory, options));
                if (exclusive || outcome != fail(Errno.EEXIST)) {
                    return outcome;
                }
                outcome = DONE; // somebody else was quicker: what is there now is opened
                continue;
            }
            if (exclusive) {
                return fail(Errno.EEXIST);
            }
            Mount covers = TreeWalk.covering(path, directory, present);
            boolean isLink = covers == null ? present.inode().isSymlink() : covers.isOfLink();
            if (!isLink || !path.shouldFollowSymlink()) {
                return openFound(path, finish(path, directory), options);
            }
            outcome = covers == null
                    ? walk.follow(path, directory, present, true)
                    : walk.follow(path, directory, covers, true);
        }
        return outcome;
    }

    /** Walks on from the directory of the last component. */
    private int finish(ResolvingPath path, TreeDentry directory) throws ErrnoException {
        return walk.walkFrom(path, directory, false);
    }

    /** What do_open and may_open of {@code fs/namei.c} check, in their order. */
    private int openFound(ResolvingPath path, int walked, OpenOptions options) throws ErrnoException {
        if (walked != DONE) {
            return walked;
        }
        int flags = options.flags();
        TreeDentry dentry = found(path);
        Inode inode = dentry.inode();
        boolean placeOnly = (flags & OpenFlags.O_PATH) != 0;
        boolean create = !placeOnly && (flags & OpenFlags.O_CREAT) != 0;
        if (create && inode.isDirectory()) {
            return fail(Errno.EISDIR);
        }
        TreeDentry above = dentry.parent();
        if (create && above != null && !path.protection().mayOpenToCreate(path.credentials(), above.inode(), inode)) {
            return fail(Errno.EACCES);
        }
        if ((flags & OpenFlags.O_DIRECTORY) != 0 && !inode.isDirectory()) {
            return fail(Errno.ENOTDIR);
        }
        if (placeOnly) {
            if (!inode.acquire(dentry)) {
                return fail(Errno.ESTALE);
            }
            path.opened(new PathDescription(tree, path.place(dentry), path.credentials(), flags));
            return DONE;
        }
        if (OpenRules.makesTemporary(flags)) {
            return openTemporary(path, dentry, options);
        }
        int refused = OpenRules.refuse(path, inode, flags);
        if (refused != DONE) {
            return refused;
        }
        int mode = inode.mode();
        VirtualDentry place = path.place(dentry);
        path.opened(
                switch (mode & StatMode.S_IFMT) {
                    case StatMode.S_IFIFO -> tree.openFifo(place, path.credentials(), flags, path.interruption());
                    case StatMode.S_IFCHR -> openDevice(path, dentry, flags);
                    case StatMode.S_IFBLK -> throw Errno.ENXIO.exception();
                    default -> tree.openDescription(place, path.credentials(), flags);
                });
        FileSystemObserver observer = tree.observer();
        if (observer != null) {
            observer.opened(dentry);
            if ((flags & OpenFlags.O_TRUNC) != 0 && inode.isRegular()) {
                observer.attributesSet(dentry, SetStat.SIZE | TreeFileSystem.lostSetIds(inode, mode));
            }
        }
        return DONE;
    }

    private FileDescription openDevice(ResolvingPath path, TreeDentry node, int flags) throws ErrnoException {
        Inode inode = node.inode();
        Stat told = new Stat();
        tree.stat(inode, told);
        if (!inode.acquire(node)) {
            throw Errno.ESTALE.exception();
        }
        try {
            return path.devices().open(path.place(node), path.credentials(), flags, told.rdev);
        } catch (ErrnoException e) {
            inode.release(node);
            throw e;
        }
    }

    /** Tells who watches of a file that was made and opened. */
    private int tellOpened(ResolvingPath path, int outcome) {
        FileSystemObserver observer = tree.observer();
        FileDescription opened = path.opened();
        if (observer != null && outcome == DONE && opened != null) {
            observer.opened(opened.place().dentry());
        }
        return outcome;
    }

    private int openTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        if (path.mount().isReadOnly()) {
            return fail(Errno.EROFS);
        }
        if (!path.credentials().mayOwn()) {
            return fail(Errno.EOVERFLOW);
        }
        int refused = Permissions.check(path.credentials(), directory.inode(), Permissions.WRITE | Permissions.EXECUTE);
        if (refused != DONE) {
            return refused;
        }
        return tellOpened(path, tree.createTemporary(path, directory, options));
    }

    private static TreeDentry found(ResolvingPath path) {
        return (TreeDentry) path.found();
    }

    private static int fail(Errno errno) {
        return -errno.number();
    }
}
