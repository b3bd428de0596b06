package org.caisson.vfs;

import java.util.concurrent.atomic.AtomicLong;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/**
 * All mounts by what they cover: (parent mount, dentry) to mount.
 *
 * <p>Readers take no lock: they probe an open-addressing table that is never changed after it was published. Writers hold
 * this object's monitor (the mount lock) and publish a new table.
 */
final class MountTable {
    private static final int SMALLEST = 8;

    private final AtomicLong ids = new AtomicLong();

    /** At most half full; its length is a power of two. Written under the monitor. */
    private volatile @Nullable Mount[] table = new Mount[SMALLEST];

    private int size;

    /** How often a mount came or went. Written under the monitor. */
    private volatile int changes;

    int changes() {
        return changes;
    }

    long nextId() {
        return ids.incrementAndGet();
    }

    /** The mount on a place, or null. */
    @Nullable
    Mount on(Mount parent, Dentry dentry) {
        return find(table, parent, dentry);
    }

    /** The topmost of the mounts that are stacked on a place, or null if there is none. */
    @Nullable
    Mount top(Mount parent, Dentry dentry) {
        @Nullable Mount[] mounts = table;
        Mount top = null;
        Mount covering = find(mounts, parent, dentry);
        while (covering != null) {
            top = covering;
            covering = covering.root().dentry().isMountPoint()
                    ? find(mounts, top, top.root().dentry())
                    : null;
        }
        return top;
    }

    synchronized Mount attach(FileSystem fileSystem, Dentry root, VirtualDentry point, int flags)
            throws ErrnoException {
        if (on(point.mount(), point.dentry()) != null) {
            throw Errno.EBUSY.exception();
        }
        if (point.mount().isDetached()) {
            throw Errno.EINVAL.exception();
        }
        if (fileSystem.isDirectory(root) != point.mount().fileSystem().isDirectory(point.dentry())) {
            throw Errno.ENOTDIR.exception();
        }
        Mount mount = new Mount(fileSystem, root, point.mount().namespace(), nextId(), flags & Mount.FLAGS);
        mount.setPoint(point);
        insert(mount, point);
        return mount;
    }

    synchronized void remount(VirtualDentry place, int flags) throws ErrnoException {
        Mount mount = place.mount();
        if (place.dentry() != mount.root().dentry()) {
            throw Errno.EINVAL.exception();
        }
        mount.setFlags(flags & Mount.FLAGS);
    }

    synchronized void detach(VirtualDentry place, int flags) throws ErrnoException {
        Mount mount = place.mount();
        VirtualDentry point = mount.point();
        if (place.dentry() != mount.root().dentry() || point == null) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & MountFlags.MNT_EXPIRE) != 0) {
            expire(mount, flags);
        }
        boolean lazy = (flags & MountFlags.MNT_DETACH) != 0;
        if (!lazy && (mount.users() != 0 || hasChildren(mount))) {
            throw Errno.EBUSY.exception();
        }
        removeTree(mount, point);
    }

    /** The first call marks, the second takes off; see umount2(2). */
    private void expire(Mount mount, int flags) throws ErrnoException {
        if ((flags & (MountFlags.MNT_FORCE | MountFlags.MNT_DETACH)) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (mount.users() != 0 || hasChildren(mount)) {
            throw Errno.EBUSY.exception();
        }
        if (!mount.markExpired()) {
            throw Errno.EAGAIN.exception();
        }
    }

    private boolean hasChildren(Mount mount) {
        for (Mount other : table) {
            if (other != null && isOn(other, mount)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOn(Mount mount, Mount parent) {
        VirtualDentry point = mount.point();
        return point != null && point.mount() == parent;
    }

    private void removeTree(Mount mount, VirtualDentry point) {
        for (Mount other : table) {
            if (other != null && isOn(other, mount)) {
                VirtualDentry below = other.point();
                if (below != null) {
                    removeTree(other, below);
                }
            }
        }
        remove(mount);
        mount.setPoint(null);
        mount.setDetached();
        point.dentry().countMounts(-1);
    }

    private void insert(Mount mount, VirtualDentry point) {
        @Nullable Mount[] old = table;
        int capacity = 2 * (size + 1) > old.length ? 2 * old.length : old.length;
        table = copy(old, capacity, null, mount);
        size++;
        countChange();
        // After the table: a walk that sees the count must find the mount.
        point.dentry().countMounts(1);
    }

    private void remove(Mount mount) {
        table = copy(table, table.length, mount, null);
        size--;
        countChange();
    }

    private void countChange() {
        int present = changes;
        changes = present + 1;
    }

    private static @Nullable Mount[] copy(
            @Nullable Mount[] old, int capacity, @Nullable Mount without, @Nullable Mount with) {
        @Nullable Mount[] fresh = new Mount[capacity];
        for (Mount mount : old) {
            if (mount != null && mount != without) {
                put(fresh, mount);
            }
        }
        if (with != null) {
            put(fresh, with);
        }
        return fresh;
    }

    private static void put(@Nullable Mount[] table, Mount mount) {
        VirtualDentry point = mount.point();
        if (point == null) {
            throw new IllegalStateException("a mount in the table covers nothing");
        }
        int mask = table.length - 1;
        int slot = slot(point.mount(), point.dentry(), mask);
        while (table[slot] != null) {
            slot = (slot + 1) & mask;
        }
        table[slot] = mount;
    }

    private static @Nullable Mount find(@Nullable Mount[] table, Mount parent, Dentry dentry) {
        int mask = table.length - 1;
        int slot = slot(parent, dentry, mask);
        while (true) {
            Mount mount = table[slot];
            if (mount == null) {
                return null;
            }
            if (mount.covers(parent, dentry)) {
                return mount;
            }
            slot = (slot + 1) & mask;
        }
    }

    private static int slot(Mount parent, Dentry dentry, int mask) {
        int mixed = (System.identityHashCode(dentry) * 31 + Long.hashCode(parent.id())) * 0x9E3779B9;
        return (mixed ^ (mixed >>> 16)) & mask;
    }
}
