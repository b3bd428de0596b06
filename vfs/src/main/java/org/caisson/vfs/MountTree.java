package org.caisson.vfs;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/**
 * All mounts of a virtual file system and how they hang together: copying, attaching and taking off trees of them
 * ({@code fs/namespace.c}). Its monitor is the mount lock; all but what says otherwise is called under it.
 */
final class MountTree {
    /** Of a copy: it becomes a slave of the original. */
    static final int AS_SLAVE = 1;
    /** Of a copy: it becomes shared. */
    static final int SHARED = 2;
    /** Of a copy of a tree: what is unbindable is copied as well. */
    static final int WITH_UNBINDABLE = 4;

    /** The first unique id is the next one: none of them is a possible id of the other kind. */
    static final long UNIQUE_ID_OFFSET = 1L << 31;

    /** How mounts are taken off. */
    enum Manner {
        /** They are not in use: each is separated from its parent. */
        SYNCHRONOUS,
        /** They may be in use: each is separated from its parent but for locked ones. */
        LAZY,
        /** They may be in use and stay together. */
        CONNECTED
    }

    private final MountPoints points = new MountPoints();
    private final MountSequence sequence = new MountSequence();
    private final Propagation propagation = new Propagation(this);
    private final ReusableIds ids = new ReusableIds(1);

    /** Taken off, and nothing holds them but perhaps users. */
    private final List<Mount> loose = new ArrayList<>();

    private long lastUniqueId = UNIQUE_ID_OFFSET;
    private long lastNamespaceId;
    private int limit = 100_000;

    MountPoints points() {
        return points;
    }

    MountTable table() {
        return points.table();
    }

    MountSequence sequence() {
        return sequence;
    }

    Propagation propagation() {
        return propagation;
    }

    void setLimit(int mounts) {
        limit = mounts;
    }

    long nextNamespaceId() {
        return ++lastNamespaceId;
    }

    // Single mounts.

    /** A mount that is nowhere yet. */
    Mount create(FileSystem fileSystem, Dentry root, Name source, int flags) {
        Mount mount = new Mount(this, fileSystem, root, source, ids.take(), ++lastUniqueId, flags);
        fileSystem.superBlock().add(mount);
        return mount;
    }

    /** A copy that is nowhere yet. */
    Mount copy(Mount original, Dentry root, int how) {
        Mount copy = create(original.fileSystem(), root, original.source(), original.flags());
        copy.lockedFlags = original.lockedFlags;
        copy.setIdMapping(original.idMapping());
        propagation.link(copy, original, how);
        return copy;
    }

    /**
     * A copy of what is beneath a dentry of a mount. Unbindable mounts are left out; EINVAL if the first one is, EPERM if one is
     * locked as well.
     */
    Mount copyTree(Mount original, Dentry root, int how) throws ErrnoException {
        boolean all = (how & WITH_UNBINDABLE) != 0;
        if (!all && original.unbindable) {
            throw Errno.EINVAL.exception();
        }
        Mount top = copy(original, root, how);
        Mount from = original;
        Mount to = top;
        for (Mount child = original.children.next(); child != null; child = child.asChild.next()) {
            VirtualDentry point = pointOf(child);
            if (!PathBuilder.isBelow(original.fileSystem(), point.dentry(), root)) {
                continue;
            }
            for (Mount at = child; at != null; at = next(at, child)) {
                if (!all && at.unbindable) {
                    if (at.locked) {
                        unmount(top, Manner.SYNCHRONOUS, false);
                        throw Errno.EPERM.exception();
                    }
                    at = lastBeneath(at);
                    continue;
                }
                Mount parent = pointOf(at).mount();
                while (from != parent) {
                    from = pointOf(from).mount();
                    to = pointOf(to).mount();
                }
                Mount copy = copy(at, at.root().dentry(), how);
                copy.locked = at.locked;
                points.place(copy, to, pointOf(at).dentry());
                points.show(copy);
                from = at;
                to = copy;
            }
        }
        return top;
    }

    static VirtualDentry pointOf(Mount mount) {
        VirtualDentry point = mount.point();
        if (point == null) {
            throw new IllegalStateException("the mount is nowhere");
        }
        return point;
    }

    /** The next mount of a tree: what is on a mount comes after it; null at the end. */
    static @Nullable Mount next(Mount after, Mount top) {
        Mount child = after.children.next();
        if (child != null) {
            return child;
        }
        Mount at = after;
        while (at != top) {
            Mount sibling = at.asChild.next();
            if (sibling != null) {
                return sibling;
            }
            at = pointOf(at).mount();
        }
        return null;
    }

    /** The last of the mounts beneath one, by {@link #next}. */
    static Mount lastBeneath(Mount mount) {
        Mount last = mount;
        Mount child = last.children.previous();
        while (child != null) {
            last = child;
            child = last.children.previous();
        }
        return last;
    }

    static int size(Mount top) {
        int size = 0;
        for (Mount mount = top; mount != null; mount = next(mount, top)) {
            size++;
        }
        return size;
    }

    /** Whether there is a way down, perhaps of no length, from one mount to another. */
    static boolean isAncestor(Mount candidate, Mount mount) {
        Mount at = mount;
        while (at != null && at != candidate) {
            at = at.parent();
        }
        return at == candidate;
    }

    // Namespaces.

    /** ENOSPC unless a namespace has room for a tree. */
    void reserve(MountNamespace namespace, Mount top) throws ErrnoException {
        namespace.reserve(size(top), limit);
    }

    /** Puts a new tree into a namespace whose root it becomes. */
    static void settle(Mount top, MountNamespace namespace) {
        for (Mount mount = top; mount != null; mount = next(mount, top)) {
            namespace.list(mount);
            namespace.countOne();
        }
        namespace.setRootMount(top);
    }

    /** Puts a tree that has its place into its parent's namespace. What is in one already has been moved onto it. */
    private void commit(Mount top) {
        MountNamespace namespace = pointOf(top).mount().namespace();
        if (namespace == null) {
            throw new IllegalStateException("the parent is nowhere");
        }
        if (!top.listed) {
            for (Mount mount = top; mount != null; mount = next(mount, top)) {
                if (mount.listed) {
                    mount = lastBeneath(mount);
                } else {
                    namespace.list(mount);
                }
            }
            namespace.takeReserved();
        }
        points.show(top);
        namespace.noteChange();
    }

    // Attaching.

    /**
     * Attaches a tree, new or taken from where it is, to a place that nothing covers or where what covers it is to stand on the
     * tree; and copies of it wherever mount events of that place spread to.
     */
    void attach(Mount source, Mount parent, Dentry at, Object callersOwner) throws ErrnoException {
        Dentry top = source.topOfStack().root().dentry();
        MountPoints.pin(at);
        try {
            MountPoints.pin(top);
            try {
                attachPinned(source, parent, at, top, callersOwner);
            } finally {
                MountPoints.unpin(top);
            }
        } finally {
            MountPoints.unpin(at);
        }
    }

    private void attachPinned(Mount source, Mount parent, Dentry at, Dentry top, Object callersOwner)
            throws ErrnoException {
        MountNamespace namespace = parent.namespace();
        if (namespace == null) {
            throw new IllegalStateException("the parent is nowhere");
        }
        boolean moving = source.point() != null;
        List<Mount> copies = new ArrayList<>();
        try {
            if (!moving) {
                reserve(namespace, source);
            }
            if (parent.shared) {
                propagation.numberGroups(source, true);
                propagation.spread(source, parent, at, copies);
            }
        } catch (ErrnoException e) {
            forget(source, namespace, copies);
            throw e;
        }
        sequence.beginChange();
        try {
            if (parent.shared) {
                for (Mount mount = source; mount != null; mount = next(mount, source)) {
                    Propagation.share(mount);
                }
            }
            if (moving) {
                points.displace(source);
            } else if (source.namespace() != null) {
                leaveAnonymous(source);
            }
            points.place(source, parent, at);
            commit(source, top, callersOwner);
            for (Mount copy : copies.reversed()) {
                commit(copy, top, callersOwner);
            }
        } finally {
            sequence.endChange();
        }
    }

    private void forget(Mount source, MountNamespace namespace, List<Mount> copies) {
        for (Mount copy : copies) {
            MountNamespace other = pointOf(copy).mount().namespace();
            if (other != null) {
                other.dropReserved();
            }
            points.leave(copy, pointOf(copy).dentry());
            unmount(copy, Manner.SYNCHRONOUS, false);
        }
        propagation.dropUnusedNumbers(source);
        namespace.dropReserved();
    }

    private static void leaveAnonymous(Mount source) {
        for (Mount mount = source; mount != null; mount = next(mount, source)) {
            MountNamespace namespace = mount.namespace();
            if (namespace != null) {
                namespace.unlist(mount);
                namespace.discount();
            }
        }
    }

    private void commit(Mount source, Dentry top, Object callersOwner) {
        VirtualDentry point = pointOf(source);
        MountNamespace namespace = point.mount().namespace();
        if (namespace != null && namespace.owner() != callersOwner) {
            MountLocks.lock(source);
        }
        Mount present = table().on(point.mount(), point.dentry());
        if (present != null) {
            points.move(present, source.topOfStack(), top);
        }
        commit(source);
    }

    // Taking off.

    /** Takes a mount out of its namespace's list and from the children of its parent; it is still found at its place. */
    static void hide(Mount mount) {
        mount.unmounted = true;
        MountNamespace namespace = mount.namespace();
        if (mount.listed && namespace != null) {
            namespace.unlist(mount);
        }
        mount.asChild.remove();
    }

    /** Takes off a tree; with {@code spread}, also what its parent's mount events take off elsewhere. */
    void unmount(Mount top, Manner manner, boolean spread) {
        sequence.beginChange();
        try {
            if (spread) {
                propagation.unlock(top);
            }
            List<Mount> ending = new ArrayList<>();
            for (Mount mount = top; mount != null; mount = next(mount, top)) {
                ending.add(mount);
            }
            for (Mount mount : ending) {
                hide(mount);
            }
            if (spread) {
                List<Mount> more = new UnmountPropagation(table(), ending).collect();
                for (Mount mount : more) {
                    slide(mount);
                }
                ending.addAll(more);
            }
            propagation.leave(ending);
            for (Mount mount : ending) {
                separate(mount, manner);
            }
        } finally {
            sequence.endChange();
        }
    }

    /** Puts what covers a stack that ends, and stays itself, to where the stack stands. */
    private void slide(Mount ending) {
        Mount survivor = ending.overmount();
        if (survivor == null || survivor.unmounted) {
            return;
        }
        Mount lowest = ending;
        VirtualDentry point = pointOf(lowest);
        while (point.mount().unmounted) {
            lowest = point.mount();
            point = pointOf(lowest);
        }
        points.move(survivor, point.mount(), point.dentry());
    }

    private void separate(Mount mount, Manner manner) {
        MountNamespace namespace = mount.namespace();
        if (namespace != null) {
            namespace.discount();
            namespace.noteChange();
            mount.setNamespace(null);
        }
        VirtualDentry point = mount.point();
        if (point != null && staysConnected(mount, point.mount(), manner)) {
            mount.asChild.insertBefore(point.mount().children);
            return;
        }
        if (point != null) {
            points.displace(mount);
        }
        loose.add(mount);
    }

    private static boolean staysConnected(Mount mount, Mount parent, Manner manner) {
        return manner != Manner.SYNCHRONOUS && parent.unmounted && (manner == Manner.CONNECTED || mount.locked);
    }

    /** Takes off what is mounted on a dentry that was removed, in whatever namespace. */
    void detachFrom(Dentry dentry) {
        for (Mount mount = points.anyOn(dentry); mount != null; mount = points.anyOn(dentry)) {
            if (mount.unmounted) {
                sequence.beginChange();
                points.displace(mount);
                sequence.endChange();
                loose.add(mount);
            } else {
                unmount(mount, Manner.CONNECTED, false);
            }
        }
    }

    // The end.

    /** Gives up a mount that was made and is nowhere. */
    void discard(Mount mount) {
        loose.add(mount);
    }

    /** Ends the mounts that were taken off and are not in use. Takes the mount lock itself; the caller does not hold it. */
    void disposeLoose() {
        while (true) {
            List<FileSystem> released = new ArrayList<>();
            synchronized (this) {
                if (loose.isEmpty()) {
                    return;
                }
                for (int i = 0; i < loose.size(); i++) {
                    Mount mount = loose.get(i);
                    if (mount.tryEnd()) {
                        end(mount, released);
                    }
                }
                loose.clear();
            }
            for (FileSystem fileSystem : released) {
                FileSystemObserver observer = fileSystem.observer();
                if (observer != null) {
                    observer.unmounted();
                }
                fileSystem.release();
            }
        }
    }

    /** The same for one mount whose last user left. */
    void dispose(Mount mount) {
        synchronized (this) {
            loose.add(mount);
        }
        disposeLoose();
    }

    /** What was still connected to a mount that ends is loose as well. */
    private void end(Mount mount, List<FileSystem> released) {
        if (!mount.children.isAlone()) {
            sequence.beginChange();
            for (Mount child = mount.children.next(); child != null; child = mount.children.next()) {
                points.displace(child);
                loose.add(child);
            }
            sequence.endChange();
        }
        ids.free(mount.id());
        if (mount.fileSystem().superBlock().remove(mount)) {
            released.add(mount.fileSystem());
        }
    }

    /** Takes off all mounts of a namespace that nobody is in any more. The caller does not hold the mount lock. */
    void end(MountNamespace namespace) {
        synchronized (this) {
            if (!namespace.isEmpty()) {
                unmount(namespace.rootMount(), Manner.LAZY, false);
            }
        }
        disposeLoose();
    }
}
