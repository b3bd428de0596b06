package org.caisson.vfs;

import org.caisson.linux.MountFlags;

/** What the owner of one user namespace may not change of mounts that come from another's. Under the mount lock. */
final class MountLocks {
    private static final int LOCKABLE =
            MountFlags.MS_RDONLY | MountFlags.MS_NODEV | MountFlags.MS_NOSUID | MountFlags.MS_NOEXEC;

    private MountLocks() {}

    /** Locks the flags of each mount of a tree, and each mount but the first to what it covers. */
    static void lock(Mount top) {
        for (Mount mount = top; mount != null; mount = MountTree.next(mount, top)) {
            mount.lockedFlags |= Mount.ACCESS_TIMES | (mount.flags() & LOCKABLE);
            if (mount != top) {
                mount.locked = true;
            }
        }
    }

    /** Whether a mount may get these flags. */
    static boolean allow(Mount mount, int flags) {
        int locked = mount.lockedFlags;
        int bits = locked & LOCKABLE;
        boolean times = (locked & Mount.ACCESS_TIMES) == 0
                || (mount.flags() & Mount.ACCESS_TIMES) == (flags & Mount.ACCESS_TIMES);
        return (flags & bits) == bits && times;
    }

    /** Whether a copy of what is beneath a dentry of a mount, without the mounts there, would show what a lock hides. */
    static boolean hide(Mount mount, Dentry beneath) {
        for (Mount child = mount.children.next(); child != null; child = child.asChild.next()) {
            VirtualDentry point = MountTree.pointOf(child);
            if (child.locked && PathBuilder.isBelow(mount.fileSystem(), point.dentry(), beneath)) {
                return true;
            }
        }
        return false;
    }
}
