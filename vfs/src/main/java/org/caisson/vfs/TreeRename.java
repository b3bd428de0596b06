package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.jspecify.annotations.Nullable;

/** The checks of renameat2(2), in the order of the kernel's {@code do_renameat2} and {@code vfs_rename}. */
final class TreeRename {
    static final int NOREPLACE = 1;
    static final int EXCHANGE = 2;
    static final int WHITEOUT = 4;

    private static final int DONE = FileSystem.DONE;

    private TreeRename() {}

    /** 0, or EINVAL for flags that are unknown or do not go together. */
    static int validate(int flags) {
        boolean unknown = (flags & ~(NOREPLACE | EXCHANGE | WHITEOUT)) != 0;
        boolean both = (flags & EXCHANGE) != 0 && (flags & (NOREPLACE | WHITEOUT)) != 0;
        return unknown || both ? fail(Errno.EINVAL) : DONE;
    }

    /** What is wrong with the two entries themselves, before permissions. */
    static int checkEntries(
            ResolvingPath from, TreeDentry source, ResolvingPath to, @Nullable TreeDentry target, int flags) {
        if (target != null && (flags & NOREPLACE) != 0) {
            return fail(Errno.EEXIST);
        }
        boolean exchange = (flags & EXCHANGE) != 0;
        if (exchange) {
            if (target == null) {
                return fail(Errno.ENOENT);
            }
            if (!target.inode().isDirectory() && to.mustBeDirectory()) {
                return fail(Errno.ENOTDIR);
            }
        }
        if (!source.inode().isDirectory() && (from.mustBeDirectory() || (!exchange && to.mustBeDirectory()))) {
            return fail(Errno.ENOTDIR);
        }
        if (isAbove(source, (TreeDentry) to.found())) {
            return fail(Errno.EINVAL);
        }
        if (target != null && isAbove(target, (TreeDentry) from.found())) {
            return exchange ? fail(Errno.EINVAL) : fail(Errno.ENOTEMPTY);
        }
        return DONE;
    }

    /** What is wrong with replacing an entry by one of another type. */
    static int checkTypes(TreeDentry source, TreeDentry target, int flags) {
        if ((flags & EXCHANGE) != 0
                || source.inode().isDirectory() == target.inode().isDirectory()) {
            return DONE;
        }
        return source.inode().isDirectory() ? fail(Errno.ENOTDIR) : fail(Errno.EISDIR);
    }

    /** A directory that gets another parent changes: its {@code ..} is written. */
    static int checkNewParent(Credentials credentials, TreeDentry source, @Nullable TreeDentry target, int flags) {
        if (!mayGetParent(credentials, source)) {
            return fail(Errno.EACCES);
        }
        boolean both = (flags & EXCHANGE) == 0 || target == null || mayGetParent(credentials, target);
        return both ? DONE : fail(Errno.EACCES);
    }

    private static boolean mayGetParent(Credentials credentials, TreeDentry moved) {
        Inode inode = moved.inode();
        return !inode.isDirectory() || Permissions.allow(credentials, inode, Permissions.WRITE);
    }

    private static boolean isAbove(TreeDentry candidate, TreeDentry below) {
        for (TreeDentry at = below; at != null; at = at.parent()) {
            if (at == candidate) {
                return true;
            }
        }
        return false;
    }

    private static int fail(Errno errno) {
        return -errno.number();
    }
}
