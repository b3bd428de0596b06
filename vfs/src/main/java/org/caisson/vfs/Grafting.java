package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** Puts mounts to places: new ones, copies, and those that are moved. Takes the mount lock. */
final class Grafting {
    private final MountTree tree;

    Grafting(MountTree tree) {
        this.tree = tree;
    }

    /**
     * Where a mount goes that is put onto a place: on top of what is mounted there. With {@code beneath}, immediately beneath the
     * topmost mount there. ENOENT if the place is not mounted any more or was removed. Under the mount lock.
     */
    VirtualDentry target(VirtualDentry place, boolean beneath) throws ErrnoException {
        VirtualDentry point = place.mount().topOfStack().point();
        boolean onNothing = beneath && point == null;
        VirtualDentry target = place;
        if (beneath && point != null) {
            target = point;
        } else if (!beneath) {
            Mount lowest = tree.table().on(place.mount(), place.dentry());
            if (lowest != null) {
                target = lowest.topOfStack().root();
            }
        }
        if (target.mount() != place.mount()) {
            target.mount().touch();
        }
        if (target.dentry().isGone() || place.mount().namespace() == null) {
            throw Errno.ENOENT.exception();
        }
        if (onNothing) {
            throw Errno.EINVAL.exception();
        }
        return target;
    }

    /** Mounts a file system. */
    Mount add(MountCaller caller, VirtualDentry place, FileSystem fileSystem, Name source, int flags)
            throws ErrnoException {
        synchronized (tree) {
            Mount mount = tree.create(fileSystem, fileSystem.root(), source, flags);
            boolean added = false;
            try {
                VirtualDentry target = target(place, false);
                if (!caller.sees(target.mount())) {
                    throw Errno.EINVAL.exception();
                }
                if (target.mount().fileSystem() == fileSystem && target.mount().isRoot(target.dentry())) {
                    throw Errno.EBUSY.exception();
                }
                graft(caller, mount, target);
                added = true;
            } finally {
                if (!added) {
                    tree.discard(mount);
                }
            }
            return mount;
        }
    }

    /** Mounts a copy of what is at a place elsewhere. */
    Mount bind(MountCaller caller, VirtualDentry from, VirtualDentry place, boolean recursive) throws ErrnoException {
        synchronized (tree) {
            VirtualDentry target = target(place, false);
            if (!caller.sees(target.mount())) {
                throw Errno.EINVAL.exception();
            }
            Mount copy = copy(caller, from, recursive);
            boolean added = false;
            try {
                graft(caller, copy, target);
                added = true;
            } finally {
                if (!added) {
                    tree.unmount(copy, MountTree.Manner.SYNCHRONOUS, false);
                }
            }
            return copy;
        }
    }

    private void graft(MountCaller caller, Mount mount, VirtualDentry target) throws ErrnoException {
        if (isDirectory(mount.root()) != isDirectory(target)) {
            throw Errno.ENOTDIR.exception();
        }
        tree.attach(mount, target.mount(), target.dentry(), caller.owner());
    }

    private static boolean isDirectory(VirtualDentry place) {
        return place.mount().fileSystem().isDirectory(place.dentry());
    }

    /** A copy of what is at a place, with or without what is mounted beneath. Under the mount lock. */
    Mount copy(MountCaller caller, VirtualDentry from, boolean recursive) throws ErrnoException {
        Mount original = from.mount();
        boolean hides = !recursive && MountLocks.hide(original, from.dentry());
        if (original.unbindable || !caller.mayUse(original) || hides) {
            throw Errno.EINVAL.exception();
        }
        return recursive ? tree.copyTree(original, from.dentry(), 0) : tree.copy(original, from.dentry(), 0);
    }

    /** Moves a mount, or attaches a tree that is attached nowhere. */
    void move(MountCaller caller, VirtualDentry from, VirtualDentry place, boolean beneath) throws ErrnoException {
        synchronized (tree) {
            Mount mount = from.mount();
            if (!mount.isRoot(from.dentry()) || isDirectory(from) != isDirectory(place)) {
                throw Errno.EINVAL.exception();
            }
            if (beneath && !place.mount().isRoot(place.dentry())) {
                throw Errno.EINVAL.exception();
            }
            VirtualDentry target = target(place, beneath);
            Mount parent = target.mount();
            if (!mayMove(caller, mount, parent) || (beneath && !mayGoBeneath(caller, mount, place, target))) {
                throw Errno.EINVAL.exception();
            }
            if (parent.shared && containsUnbindable(mount)) {
                throw Errno.EINVAL.exception();
            }
            if (MountTree.isAncestor(mount, parent)) {
                throw Errno.ELOOP.exception();
            }
            tree.attach(mount, parent, target.dentry(), caller.owner());
        }
    }

    private static boolean mayMove(MountCaller caller, Mount mount, Mount parent) {
        if (caller.sees(mount)) {
            Mount before = mount.parent();
            return before != null && !mount.locked && !before.shared && caller.sees(parent);
        }
        return mount.isDetachedRoot() && mount.namespace() != parent.namespace() && caller.mayUse(parent);
    }

    /** Nothing may come beneath the caller's root or that of the namespace, nor where mount events would put it on top again. */
    private boolean mayGoBeneath(MountCaller caller, Mount mount, VirtualDentry place, VirtualDentry target) {
        Mount parent = target.mount();
        Mount over = place.mount().parent() == parent ? place.mount() : parent.overmount();
        if (over == null || over.locked || over.point() == null) {
            return false;
        }
        Mount cover = tree.table().on(mount, mount.root().dentry());
        MountNamespace namespace = caller.namespace();
        if (cover != null || over == caller.root().mount() || namespace == null || parent == namespace.rootMount()) {
            return false;
        }
        return !MountTree.isAncestor(over, mount)
                && !Propagation.wouldCover(parent, over, target.dentry())
                && !(caller.sees(mount) && Propagation.wouldCover(parent, mount, target.dentry()));
    }

    private static boolean containsUnbindable(Mount top) {
        for (Mount mount = top; mount != null; mount = MountTree.next(mount, top)) {
            if (mount.unbindable) {
                return true;
            }
        }
        return false;
    }

    /** Puts a private mount into the peer group of another, with MOVE_MOUNT_SET_GROUP. */
    void joinGroup(VirtualDentry from, VirtualDentry to) throws ErrnoException {
        synchronized (tree) {
            Mount giver = from.mount();
            Mount taker = to.mount();
            boolean mounted = giver.namespace() != null && taker.namespace() != null;
            boolean roots = giver.isRoot(from.dentry()) && taker.isRoot(to.dentry());
            if (!mounted || !roots || giver.fileSystem() != taker.fileSystem()) {
                throw Errno.EINVAL.exception();
            }
            Dentry root = taker.root().dentry();
            boolean wider =
                    PathBuilder.isBelow(giver.fileSystem(), root, giver.root().dentry());
            boolean fits = !taker.shared && !taker.isSlave() && (giver.shared || giver.isSlave());
            if (!wider || !fits || MountLocks.hide(giver, root)) {
                throw Errno.EINVAL.exception();
            }
            Propagation.join(taker, giver);
        }
    }

    /** A namespace of its own, attached nowhere, around a mount or a copy. Under the mount lock. */
    MountNamespace detached(MountCaller caller, Mount top, long origin) {
        MountNamespace namespace = MountNamespace.makeAnonymous(tree, caller.owner(), origin);
        MountTree.settle(top, namespace);
        return namespace;
    }

    /** The namespace in which a copy of a mount may be used. */
    static long originOf(Mount mount) {
        @Nullable MountNamespace namespace = mount.namespace();
        if (namespace == null) {
            return 0;
        }
        return namespace.isAnonymous() ? namespace.origin() : namespace.id();
    }
}
