package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** Walks paths over the dentries of one tree, without a lock. */
final class TreeWalk {
    /** After so many walks that a rename spoiled, one keeps renames out. */
    private static final int PATIENCE = 8;

    private static final int DONE = FileSystem.DONE;
    private static final int GO_ON = FileSystem.GO_ON;
    private static final int NO_ENTRY = -Errno.ENOENT.number();
    private static final int NOT_A_DIRECTORY = -Errno.ENOTDIR.number();
    private static final int NO_ACCESS = -Errno.EACCES.number();
    private static final int NAME_TOO_LONG = -Errno.ENAMETOOLONG.number();

    /** What {@link #stretch} says when it went through a symbolic link, so that the next stretch begins. */
    private static final int NEXT_STRETCH = 2;

    private final TreeFileSystem tree;
    private final RenameSequence renames;

    TreeWalk(TreeFileSystem tree, RenameSequence renames) {
        this.tree = tree;
        this.renames = renames;
    }

    /**
     * Walks to the end, or with {@code toParent} to the directory of the last component, which then stays the present
     * one. What was reached is left as found.
     */
    int walk(ResolvingPath path, boolean toParent) throws ErrnoException {
        return walkFrom(path, (TreeDentry) path.start(), toParent);
    }

    /** The same from a dentry on that the walk has come to. */
    int walkFrom(ResolvingPath path, TreeDentry start, boolean toParent) throws ErrnoException {
        TreeDentry from = start;
        while (true) {
            int outcome = checkedStretch(path, from, toParent);
            if (outcome != NEXT_STRETCH) {
                return outcome;
            }
            from = (TreeDentry) path.found();
        }
    }

    /** Goes through a link, the present component, and walks on. */
    int follow(ResolvingPath path, TreeDentry link, boolean toParent) throws ErrnoException {
        path.found(link);
        int outcome = follow(path);
        return outcome == NEXT_STRETCH ? walkFrom(path, (TreeDentry) path.found(), toParent) : outcome;
    }

    /** One stretch, again and again until no rename came between. */
    private int checkedStretch(ResolvingPath path, TreeDentry from, boolean toParent) throws ErrnoException {
        path.mark();
        for (int attempt = 0; attempt < PATIENCE; attempt++) {
            int begun = renames.begin();
            int outcome = stretch(path, from, toParent);
            if (!renames.changedSince(begun)) {
                if (path.mountsChanged()) {
                    return path.restart();
                }
                return outcome == NEXT_STRETCH ? follow(path) : outcome;
            }
            path.rewind();
        }
        renames.lockForWalk();
        try {
            int outcome = stretch(path, from, toParent);
            if (path.mountsChanged()) {
                return path.restart();
            }
            return outcome == NEXT_STRETCH ? follow(path) : outcome;
        } finally {
            renames.unlockForWalk();
        }
    }

    /** Walks until the end, a mount, a symbolic link to be followed (found; its directory is its parent) or an error. */
    private int stretch(ResolvingPath path, TreeDentry from, boolean toParent) throws ErrnoException {
        TreeDentry at = from;
        while (!path.isDone()) {
            Inode directory = at.inode();
            if (!directory.isDirectory()) {
                return NOT_A_DIRECTORY;
            }
            if (!Permissions.maySearch(path.credentials(), directory)) {
                return NO_ACCESS;
            }
            if (toParent && path.isLast()) {
                path.found(at);
                return DONE;
            }
            if (path.isDots()) {
                TreeDentry above = dots(path, at);
                int outcome = path.advance();
                if (outcome < 0) {
                    return outcome;
                }
                if (above == null) {
                    path.enterMount(path.start());
                    return GO_ON;
                }
                at = above;
                if (at.isMountPoint() && path.enterMount(at)) {
                    return GO_ON;
                }
                continue;
            }
            TreeDentry child = at.child(path);
            if (child == null || child.attention() != 0) {
                child = attend(path, at, child);
                if (child == null) {
                    return path.componentLength() > Name.MAX ? NAME_TOO_LONG : NO_ENTRY;
                }
                if (child.inode().isSymlink() && path.shouldFollowSymlink()) {
                    path.found(child);
                    return NEXT_STRETCH;
                }
            }
            int outcome = path.advance();
            if (outcome < 0) {
                return outcome;
            }
            if (child.isMountPoint() && path.enterMount(child)) {
                return GO_ON;
            }
            at = child;
        }
        if (path.mustBeDirectory() && !at.inode().isDirectory()) {
            return NOT_A_DIRECTORY;
        }
        path.found(at);
        return DONE;
    }

    /** Where {@code .} or {@code ..} leads, or null if that is in another mount, where the path stands now. */
    private static @Nullable TreeDentry dots(ResolvingPath path, TreeDentry at) {
        if (path.isDot()) {
            return at;
        }
        return switch (path.dotDot(at)) {
            case STAY -> at;
            case ELSEWHERE -> null;
            case PARENT -> {
                TreeDentry parent = at.parent();
                yield parent == null ? at : parent;
            }
        };
    }

    /** The child of a directory that the present component names, by way of the file system if need be. */
    @Nullable
    TreeDentry step(ResolvingPath path, TreeDentry directory) throws ErrnoException {
        return attend(path, directory, directory.child(path));
    }

    private @Nullable TreeDentry attend(ResolvingPath path, TreeDentry directory, @Nullable TreeDentry known)
            throws ErrnoException {
        if (known == null) {
            if (path.componentLength() > Name.MAX) {
                return null;
            }
            if (tree.mayHoldMore(directory)) {
                return tree.lookupMissing(path.credentials(), directory, path.component());
            }
            // Another walk may have filled the table since we looked.
            return tree.isAlwaysComplete() ? null : directory.child(path);
        }
        if ((known.attention() & Dentry.REVALIDATE) != 0) {
            return tree.revalidate(path.credentials(), directory, known);
        }
        return known;
    }

    /** Goes through the link that was found; the next stretch begins in its directory, left as found. */
    private int follow(ResolvingPath path) throws ErrnoException {
        TreeDentry link = (TreeDentry) path.found();
        TreeDentry above = link.parent();
        if (path.isLast()
                && above != null
                && !path.protection().mayFollow(path.credentials(), above.inode(), link.inode())) {
            return NO_ACCESS;
        }
        byte[] target = tree.linkTarget(path.credentials(), link.inode());
        tree.touch(path.mount(), 0, link.inode());
        int outcome = path.followSymlink(target, target.length);
        if (outcome != DONE) {
            return outcome;
        }
        TreeDentry directory = link.parent();
        if (directory == null) {
            return NO_ENTRY;
        }
        path.found(directory);
        return NEXT_STRETCH;
    }
}
