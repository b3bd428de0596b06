package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;

/** Takes mounts off. Takes the mount lock. */
final class Unmounting {
    private final MountTree tree;

    Unmounting(MountTree tree) {
        this.tree = tree;
    }

    /** umount2(2) of a mount, named by its root or, even if that is the caller's root, by what it is mounted on. */
    void unmount(Credentials credentials, MountCaller caller, VirtualDentry named, int flags) throws ErrnoException {
        boolean lazy = (flags & MountFlags.MNT_DETACH) != 0;
        Mount mount;
        synchronized (tree) {
            Mount above = tree.table().top(named.mount(), named.dentry());
            VirtualDentry place = above == null ? named : above.root();
            mount = place.mount();
            if (!mount.isRoot(place.dentry()) || !caller.sees(mount) || mount.locked) {
                throw Errno.EINVAL.exception();
            }
            if ((flags & MountFlags.MNT_EXPIRE) != 0) {
                expire(caller, mount, flags);
            }
        }
        if ((flags & MountFlags.MNT_FORCE) != 0) {
            mount.fileSystem().abort();
        }
        if (mount == caller.root().mount() && !lazy) {
            makeReadOnly(credentials, mount.fileSystem());
            return;
        }
        synchronized (tree) {
            if (!caller.sees(mount) || mount.locked || mount.point() == null) {
                throw Errno.EINVAL.exception();
            }
            if (lazy) {
                tree.unmount(mount, MountTree.Manner.LAZY, true);
                return;
            }
            unmountUnused(mount);
        }
    }

    /** Who opens a file from now on begins anew, or has been counted as a user. */
    private void unmountUnused(Mount mount) throws ErrnoException {
        tree.sequence().beginChange();
        try {
            if (tree.propagation().isBusy(mount)) {
                throw Errno.EBUSY.exception();
            }
            tree.unmount(mount, MountTree.Manner.SYNCHRONOUS, true);
        } finally {
            tree.sequence().endChange();
        }
    }

    /** The first call marks, the second takes off; see umount2(2). */
    private static void expire(MountCaller caller, Mount mount, int flags) throws ErrnoException {
        boolean other = (flags & (MountFlags.MNT_FORCE | MountFlags.MNT_DETACH)) != 0;
        if (mount == caller.root().mount() || other) {
            throw Errno.EINVAL.exception();
        }
        if (!mount.children.isAlone() || mount.users() != 0) {
            throw Errno.EBUSY.exception();
        }
        if (!mount.markExpired()) {
            throw Errno.EAGAIN.exception();
        }
    }

    /** What taking off the caller's root means: its file system becomes read-only. */
    private static void makeReadOnly(Credentials credentials, FileSystem fileSystem) throws ErrnoException {
        if (!fileSystem.superBlock().isReadOnly()) {
            try (FileSystemContext context = FileSystemContext.change(credentials, fileSystem)) {
                context.nameFlags(MountFlags.MS_RDONLY, MountFlags.MS_RDONLY);
                context.reconfigure();
            }
        }
    }

    /** pivot_root(2): what is at {@code next} becomes the root, and the old root is put to {@code old}. */
    void pivot(MountCaller caller, VirtualDentry next, VirtualDentry old, Grafting grafting) throws ErrnoException {
        synchronized (tree) {
            VirtualDentry target = grafting.target(old, false);
            Mount root = caller.root().mount();
            Mount fresh = next.mount();
            Mount below = target.mount();
            VirtualDentry rootPoint = root.point();
            VirtualDentry freshPoint = fresh.point();
            boolean shared = below.shared
                    || (freshPoint != null ? freshPoint.mount() : fresh).shared
                    || (rootPoint != null ? rootPoint.mount() : root).shared;
            if (shared || !caller.sees(root) || !caller.sees(fresh) || fresh.locked) {
                throw Errno.EINVAL.exception();
            }
            if (next.dentry().isGone()) {
                throw Errno.ENOENT.exception();
            }
            if (fresh == root || below == root) {
                throw Errno.EBUSY.exception();
            }
            boolean roots = root.isRoot(caller.root().dentry()) && fresh.isRoot(next.dentry());
            if (!roots || rootPoint == null || freshPoint == null) {
                throw Errno.EINVAL.exception();
            }
            boolean reachable = PathBuilder.isReachable(below, target.dentry(), next)
                    && PathBuilder.isReachable(fresh, next.dentry(), caller.root());
            if (!reachable) {
                throw Errno.EINVAL.exception();
            }
            exchange(root, rootPoint, fresh, target);
        }
    }

    private void exchange(Mount root, VirtualDentry rootPoint, Mount fresh, VirtualDentry target)
            throws ErrnoException {
        MountPoints.pin(target.dentry());
        tree.sequence().beginChange();
        try {
            tree.points().displace(fresh);
            if (root.locked) {
                fresh.locked = true;
                root.locked = false;
            }
            tree.points().displace(root);
            tree.points().place(fresh, rootPoint.mount(), rootPoint.dentry());
            tree.points().show(fresh);
            tree.points().place(root, target.mount(), target.dentry());
            tree.points().show(root);
        } finally {
            tree.sequence().endChange();
            MountPoints.unpin(target.dentry());
        }
        MountNamespace namespace = root.namespace();
        if (namespace != null) {
            namespace.noteChange();
        }
    }
}
