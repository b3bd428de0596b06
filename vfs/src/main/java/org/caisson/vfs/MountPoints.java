package org.caisson.vfs;

import java.util.IdentityHashMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** What is mounted where: by parent and dentry, which walks ask for, and by dentry alone. Under the mount lock. */
final class MountPoints {
    private final MountTable table = new MountTable();

    /** The mounts on each dentry that has some, whatever their parents. */
    private final IdentityHashMap<Dentry, MountLink> points = new IdentityHashMap<>();

    MountTable table() {
        return table;
    }

    /** One of the mounts on a dentry, or null. */
    @Nullable
    Mount anyOn(Dentry dentry) {
        MountLink here = points.get(dentry);
        return here == null ? null : here.next();
    }

    /** Whether something is mounted on a dentry in a namespace. */
    boolean isPointIn(@Nullable MountNamespace namespace, Dentry dentry) {
        for (Mount mount = anyOn(dentry); mount != null; mount = mount.atPoint.next()) {
            if (mount.namespace() == namespace && !mount.unmounted) {
                return true;
            }
        }
        return false;
    }

    /** Tells a mount its place, where it is not yet seen. */
    void place(Mount mount, Mount parent, Dentry at) {
        mount.setPoint(new VirtualDentry(parent, at));
        MountLink others = points.get(at);
        if (others == null) {
            others = new MountLink();
            points.put(at, others);
        }
        mount.atPoint.insertAfter(others);
        // Before the table: a walk that does not see the count need not look there.
        at.countMounts(1);
    }

    /** Makes a mount seen at its place. */
    void show(Mount mount) {
        VirtualDentry point = MountTree.pointOf(mount);
        Mount parent = point.mount();
        if (parent.isRoot(point.dentry())) {
            parent.setOvermount(mount);
        }
        table.insert(mount);
        mount.asChild.insertBefore(parent.children);
    }

    /** Takes a mount from its place, if it is seen there; within a change of the sequence. */
    void displace(Mount mount) {
        VirtualDentry point = MountTree.pointOf(mount);
        Mount parent = point.mount();
        if (parent.overmount() == mount) {
            parent.setOvermount(null);
        }
        mount.asChild.remove();
        table.remove(mount);
        leave(mount, point.dentry());
    }

    void leave(Mount mount, Dentry at) {
        mount.setPoint(null);
        mount.atPoint.remove();
        MountLink others = points.get(at);
        if (others != null && others.isAlone()) {
            points.remove(at);
        }
        at.countMounts(-1);
    }

    /** Moves a mount that is seen to another place. */
    void move(Mount mount, Mount parent, Dentry at) {
        displace(mount);
        place(mount, parent, at);
        show(mount);
    }

    /** Keeps a dentry a mount point while an operation is under way; ENOENT if it was removed. */
    static void pin(Dentry at) throws ErrnoException {
        at.countMounts(1);
        if (at.isGone()) {
            at.countMounts(-1);
            throw Errno.ENOENT.exception();
        }
    }

    static void unpin(Dentry at) {
        at.countMounts(-1);
    }
}
