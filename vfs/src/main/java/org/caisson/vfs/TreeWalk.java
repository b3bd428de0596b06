package org.caisson.vfs;

import java.lang.invoke.VarHandle;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** Walks paths over the dentries of one tree, without a lock. */
final class TreeWalk {
    /** After so many walks that a rename spoiled, one keeps renames out. */
    private static final int PATIENCE = 8;

    private static final int DONE = FileSystem.DONE;
    private static final int NO_ENTRY = -Errno.ENOENT.number();
    private static final int NOT_A_DIRECTORY = -Errno.ENOTDIR.number();
    private static final int NO_ACCESS = -Errno.EACCES.number();
    private static final int NAME_TOO_LONG = -Errno.ENAMETOOLONG.number();

    /** What is left of a path is looked up as one name if it is shorter than this: if it is no more than four words. */
    private static final int MOST_AT_ONCE = 4 * Long.BYTES;

    /** What {@link #stretch} says when it went through a symbolic link, so that the next stretch begins. */
    private static final int NEXT_STRETCH = 2;

    /** What {@link #step} says when there may be another one. */
    private static final int NEXT_STEP = 3;

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
        TreeDentry start = (TreeDentry) path.start();
        if ((start.attention() & Dentry.REVALIDATE) != 0) {
            tree.refresh(start.inode()); // no walk came to it by its name
        }
        return walkFrom(path, start, toParent);
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
    int follow(ResolvingPath path, TreeDentry directory, TreeDentry link, boolean toParent) throws ErrnoException {
        path.found(link, directory);
        return followFound(path, toParent);
    }

    /** The same through a link that is mounted on the component. */
    int follow(ResolvingPath path, TreeDentry directory, Mount link, boolean toParent) throws ErrnoException {
        path.foundMounted(link, directory);
        return followFound(path, toParent);
    }

    private int followFound(ResolvingPath path, boolean toParent) throws ErrnoException {
        int outcome = follow(path);
        return outcome == NEXT_STRETCH ? walkFrom(path, (TreeDentry) path.found(), toParent) : outcome;
    }

    /** One stretch, again and again until no rename came between. */
    private int checkedStretch(ResolvingPath path, TreeDentry from, boolean toParent) throws ErrnoException {
        int position = path.position;
        int begun = renames.begin();
        int outcome = stretch(path, from, toParent);
        if (renames.changedSince(begun)) {
            outcome = again(path, from, toParent, position);
        }
        if (path.mountsChanged()) {
            return path.restart();
        }
        return outcome == NEXT_STRETCH ? follow(path) : outcome;
    }

    private int again(ResolvingPath path, TreeDentry from, boolean toParent, int position) throws ErrnoException {
        Mount mount = path.mount();
        for (int attempt = 1; attempt < PATIENCE; attempt++) {
            path.returnTo(position, mount, from);
            path.takeLinkMount();
            int begun = renames.begin();
            int outcome = stretch(path, from, toParent);
            if (!renames.changedSince(begun)) {
                return outcome;
            }
        }
        path.returnTo(position, mount, from);
        path.takeLinkMount();
        renames.lockForWalk();
        try {
            return stretch(path, from, toParent);
        } finally {
            renames.unlockForWalk();
        }
    }

    /** Walks until the end, a mount, a symbolic link to be followed (found, with its directory) or an error. */
    private int stretch(ResolvingPath path, TreeDentry from, boolean toParent) throws ErrnoException {
        TreeDentry at = from;
        while (path.position != path.limit) {
            if ((at.attention & Dentry.NOT_OPEN) != 0) {
                int refused = search(path, at.inode());
                if (refused != 0) {
                    return failed(path, refused);
                }
            }
            at = stride(path, at, toParent ? path.last() : path.limit - 1);
            if (path.position == path.limit || path.skipSlashes()) {
                break;
            }
            if (path.isMissing) {
                path.isMissing = false;
                if (tree.isAlwaysComplete() && path.isOneName()) {
                    return failed(path, NO_ENTRY);
                }
            }
            int outcome = path.hasMet() ? cross(path, at, toParent) : step(path, at, toParent);
            if (outcome != NEXT_STEP) {
                return outcome < 0 ? failed(path, outcome) : outcome;
            }
            at = (TreeDentry) path.found();
        }
        path.found(at);
        if (path.mustBeDirectory() && !at.inode().isDirectory()) {
            return NOT_A_DIRECTORY;
        }
        return path.checkEnd(at);
    }

    /** With RESOLVE_CACHED the kernel only ever says that it would have to look closer. */
    private static int failed(ResolvingPath path, int outcome) {
        return path.isCachedOnly() ? -Errno.EAGAIN.number() : outcome;
    }

    /** Whether what is no name of a directory that everybody may search may be searched: 0 or a negated errno. */
    private static int search(ResolvingPath path, Inode inode) {
        if (!inode.isDirectory()) {
            return NOT_A_DIRECTORY;
        }
        return Permissions.allow(path.credentials(), inode, Permissions.EXECUTE) ? 0 : NO_ACCESS;
    }

    /** What {@link #stride} met: a mount point, most likely. */
    private int cross(ResolvingPath path, TreeDentry at, boolean toParent) throws ErrnoException {
        int end = path.endOfMet();
        TreeDentry met = (TreeDentry) path.met();
        if (met.hasTraits()) {
            return step(path, at, toParent);
        }
        int former = path.position;
        Mount here = path.mount();
        path.position = end;
        path.skipSlashes();
        int outcome = arrive(path, met);
        if (outcome == FileSystem.GO_ON && path.mount().isOfLink()) {
            path.returnTo(former, here, at);
            return step(path, at, toParent);
        }
        return outcome;
    }

    /** One component, whatever it is, of a directory that may be searched. What it led to is left as found for {@link #NEXT_STEP}. */
    private int step(ResolvingPath path, TreeDentry at, boolean toParent) throws ErrnoException {
        path.look();
        if (toParent && path.next == path.limit) {
            path.found(at);
            return path.checkEnd(at);
        }
        TreeDentry child = at.child(path);
        if (child == null || (child.attention & ~Dentry.NOT_OPEN) != 0) {
            if (path.isDots()) {
                return dots(path, at);
            }
            child = attend(path, at, child);
            if (child == null) {
                return path.componentLength() > Name.MAX ? NAME_TOO_LONG : NO_ENTRY;
            }
            if (child.isMountPoint()) {
                Mount here = path.mount();
                int entered = path.enterMount(child);
                if (entered != DONE) {
                    return entered < 0 ? entered : cover(path, at, here);
                }
            }
            if (child.inode().isSymlink() && path.shouldFollowSymlink()) {
                path.found(child, at);
                return NEXT_STRETCH;
            }
            path.advance();
            path.found(child);
            return NEXT_STEP;
        }
        path.advance();
        path.found(child);
        return NEXT_STEP;
    }

    /** The walk stands on a mount that covers the present component of a directory: goes on there unless that is a link to be followed. */
    private static int cover(ResolvingPath path, TreeDentry directory, Mount here) {
        Mount covers = path.mount();
        if (!covers.isOfLink() || !path.shouldFollowSymlink()) {
            path.advance();
            return FileSystem.GO_ON;
        }
        path.returnTo(path.position, here, directory);
        path.foundMounted(covers, directory);
        return NEXT_STRETCH;
    }

    /**
     * The mount that covers the present component, an entry of a directory, or the mount that this is in if it is not to be left; null if
     * nothing covers it. The path stays where it is.
     */
    static @Nullable Mount covering(ResolvingPath path, TreeDentry directory, TreeDentry entry) {
        if (!entry.isMountPoint()) {
            return null;
        }
        Mount here = path.mount();
        int entered = path.enterMount(entry);
        Mount top = path.mount();
        path.returnTo(path.position, here, directory);
        return entered == DONE ? null : top;
    }

    private static int arrive(ResolvingPath path, TreeDentry at) {
        int entered = path.enterMount(at);
        if (entered != DONE) {
            return entered;
        }
        path.found(at);
        return NEXT_STEP;
    }

    /**
     * Goes on for as long as the path leads by short names through directories that everybody may search and that nothing is
     * mounted on, and to what a name at its end stands for. All else it leaves to {@link #step}, for instance what is
     * behind a long name: so nothing is called from the loop, whose state stays in registers. For the same reason it is one method of
     * more bytecodes than HotSpot takes into another one (FreqInlineSize, 325): in its callers there are fewer registers left.
     *
     * <p>All the rest of a path is looked up as one name, if it is short enough: whether there are slashes need not be known, as no name
     * has any.
     *
     * @param from a directory that may be searched
     * @param end where the last component begins, or the path ends
     * @return where the walk stands then
     */
    private static TreeDentry stride(ResolvingPath path, TreeDentry from, int end) {
        TreeDentry at = from;
        int position = path.position;
        int base = position & -Long.BYTES;
        long slashes = path.slashes(base, end) & (-1L << (position << 3));
        while (true) {
            if (slashes == 0) {
                base += Long.BYTES;
                slashes = path.slashes(base, end);
                if (slashes == 0) {
                    break;
                }
            }
            while (true) {
                int next = base + (Long.numberOfTrailingZeros(slashes) >>> 3) + 1;
                int length = next - position;
                if (length > Long.BYTES) {
                    path.position = position;
                    return at;
                }
                long name = path.shortName(position, length);
                int slot = Name.fold(Name.mix(name)) & at.mask;
                TreeDentry[] slots = at.slots;
                if (Integer.compareUnsigned(slot, slots.length) >= 0) {
                    path.position = position;
                    return at;
                }
                TreeDentry child = slots[slot];
                VarHandle.acquireFence();
                while (child != null && child.word0 != name) {
                    slot = (slot + 1) & (slots.length - 1);
                    child = slots[slot];
                    VarHandle.acquireFence();
                }
                if (child == null || child.attention != 0) {
                    return meet(path, at, position, child, next);
                }
                slashes &= slashes - 1;
                position = next;
                at = child;
                if (slashes == 0) {
                    break;
                }
            }
        }

        path.position = position;
        int length = path.limit - 1 - position;
        if (length <= 0 || length >= MOST_AT_ONCE || end != path.limit - 1) {
            return at; // nothing, too much, or the last component, which the caller wants
        }
        byte[] bytes = path.bytes;
        long slash = 1L << (length << 3);
        long tail = ((long) Name.WORD.get(bytes, position + (length & -Long.BYTES)) & (slash - 1)) | slash * '/';
        long first = tail;
        long second = 0;
        long third = 0;
        long fourth = 0;
        if (length >= Long.BYTES) {
            first = (long) Name.WORD.get(bytes, position);
            second = tail;
            if (length >= 2 * Long.BYTES) {
                second = (long) Name.WORD.get(bytes, position + Long.BYTES);
                third = tail;
                if (length >= 3 * Long.BYTES) {
                    third = (long) Name.WORD.get(bytes, position + 2 * Long.BYTES);
                    fourth = tail;
                }
            }
        }
        TreeDentry[] slots = at.slots;
        int mask = slots.length - 1;
        if (mask < 0) {
            return at; // a table in parts
        }
        int slot = Name.fold(Name.mix(first, second, third, fourth)) & mask;
        while (true) {
            TreeDentry child = slots[slot];
            VarHandle.acquireFence();
            if (child == null) {
                path.isMissing = true;
                return at;
            }
            if (child.word0 == first
                    && child.word1 == second
                    && (length < 2 * Long.BYTES || child.name.endsIn(length, third, fourth))) {
                if ((child.attention & ~Dentry.NOT_OPEN) != 0) {
                    return at;
                }
                path.position = path.limit;
                return child;
            }
            slot = (slot + 1) & mask;
        }
    }

    /** Where a walk over short names stands that came from one place to another that asks for attention, or to nothing. */
    private static TreeDentry meet(
            ResolvingPath path, TreeDentry at, int position, @Nullable TreeDentry child, int next) {
        if (child != null) {
            if (child.attention == Dentry.NOT_OPEN && next == path.limit) {
                path.position = next;
                return child;
            }
            path.meet(child, next);
        }
        path.position = position;
        return at;
    }

    /** {@code .} or {@code ..}. */
    private int dots(ResolvingPath path, TreeDentry at) {
        if (path.isDot()) {
            path.advance();
            return arrive(path, at);
        }
        int outcome = path.dotDot(at);
        if (outcome < 0) {
            return outcome;
        }
        path.advance();
        if (outcome == ResolvingPath.UP) {
            TreeDentry parent = at.parent();
            if (parent != null && !isConnected(path.mount(), parent)) {
                return NO_ENTRY;
            }
            outcome = arrive(path, parent == null ? at : parent);
        } else if (outcome == DONE) {
            outcome = arrive(path, at);
        }
        int raced = path.checkScope();
        return raced == 0 ? outcome : raced;
    }

    /** Whether a directory is still in the part of the tree that a mount shows (the kernel's {@code path_connected}). */
    private boolean isConnected(Mount mount, TreeDentry directory) {
        Dentry top = mount.root().dentry();
        if (top == tree.root()) {
            return true;
        }
        for (TreeDentry at = directory; at != null; at = at.parent()) {
            if (at == top) {
                return true;
            }
        }
        return false;
    }

    /**
     * The child of a directory that the present component names, by way of the file system if need be. What is being replaced is not
     * missing: there is the one or the other.
     */
    @Nullable
    TreeDentry step(ResolvingPath path, TreeDentry directory) throws ErrnoException {
        for (int attempt = 0; attempt < PATIENCE; attempt++) {
            int begun = renames.begin();
            TreeDentry known = directory.child(path);
            if (!renames.changedSince(begun)) {
                return attend(path, directory, known);
            }
        }
        TreeDentry known;
        renames.lockForWalk();
        try {
            known = directory.child(path);
        } finally {
            renames.unlockForWalk();
        }
        return attend(path, directory, known);
    }

    private @Nullable TreeDentry attend(ResolvingPath path, TreeDentry directory, @Nullable TreeDentry known)
            throws ErrnoException {
        if (known == null) {
            return path.componentLength() > Name.MAX ? null : lookup(path, directory);
        }
        if ((known.attention() & Dentry.REVALIDATE) != 0) {
            if (path.isCachedOnly()) {
                throw Errno.EAGAIN.exception();
            }
            return tree.revalidate(path.credentials(), directory, known);
        }
        return known;
    }

    /** A name that is not in the table. */
    private @Nullable TreeDentry lookup(ResolvingPath path, TreeDentry directory) throws ErrnoException {
        if (path.hasNul()) {
            throw Errno.EINVAL.exception();
        }
        if (path.isCachedOnly()) {
            return null;
        }
        if (tree.mayHoldMore(directory)) {
            return tree.lookupMissing(path.credentials(), directory, path.component());
        }
        // Another walk may have filled the table since we looked.
        return tree.isAlwaysComplete() ? null : directory.child(path);
    }

    /** Goes through the link that was found; the next stretch begins in its directory, left as found. */
    private int follow(ResolvingPath path) throws ErrnoException {
        TreeDentry link = (TreeDentry) path.found();
        TreeDentry directory = (TreeDentry) path.linkDirectory();
        int outcome = path.countSymlink();
        if (outcome != 0) {
            return outcome;
        }
        if (path.isLast() && !path.protection().mayFollow(path.credentials(), directory.inode(), link.inode())) {
            return NO_ACCESS;
        }
        // It may be the root of a mount, and then of another file system.
        Mount mounted = path.takeLinkMount();
        Mount mount = mounted == null ? path.mount() : mounted;
        TreeFileSystem owner = mounted == null ? tree : (TreeFileSystem) mounted.fileSystem();
        outcome = path.maySymlink(mount);
        if (outcome != 0) {
            return outcome;
        }
        owner.touch(mount, 0, link.inode());
        VirtualDentry place = owner.magicTarget(path.credentials(), link.inode());
        if (place != null) {
            return path.jump(place);
        }
        byte[] target = owner.linkTarget(path.credentials(), link.inode());
        outcome = path.followSymlink(target, target.length);
        if (outcome != DONE) {
            return outcome;
        }
        path.found(directory);
        return NEXT_STRETCH;
    }
}
