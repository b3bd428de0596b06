package org.caisson.vfs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * All mounts by what they cover: (parent mount, dentry) to mount.
 *
 * <p>Readers take no lock: they probe an open-addressing table, at most half full, that changes under them. What they find or
 * miss while a mount is taken out may be wrong; the {@link MountSequence} tells them. Writers hold the mount lock.
 */
final class MountTable {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Mount[].class);
    private static final int SMALLEST = 16;

    /** Its length is a power of two. */
    private volatile @Nullable Mount[] table = new Mount[SMALLEST];

    private int size;

    /** The lowest of the mounts that are stacked on a place, or null. */
    @Nullable
    Mount on(Mount parent, Dentry dentry) {
        @Nullable Mount[] mounts = table;
        int mask = mounts.length - 1;
        int slot = slot(parent, dentry, mask);
        while (true) {
            Mount mount = (Mount) SLOT.getAcquire(mounts, slot);
            if (mount == null || mount.covers(parent, dentry)) {
                return mount;
            }
            slot = (slot + 1) & mask;
        }
    }

    /** The topmost of the mounts that are stacked on a place, or null if there is none. */
    @Nullable
    Mount top(Mount parent, Dentry dentry) {
        Mount lowest = on(parent, dentry);
        return lowest == null ? null : lowest.topOfStack();
    }

    /** Lets a mount be found at its point. */
    void insert(Mount mount) {
        @Nullable Mount[] mounts = table;
        if (2 * (size + 1) > mounts.length) {
            @Nullable Mount[] larger = new Mount[2 * mounts.length];
            for (Mount other : mounts) {
                if (other != null) {
                    put(larger, other);
                }
            }
            mounts = larger;
            put(mounts, mount);
            table = mounts;
        } else {
            put(mounts, mount);
        }
        size++;
    }

    /** Takes a mount out that still has its point; within a change of the sequence. */
    void remove(Mount mount) {
        @Nullable Mount[] mounts = table;
        int mask = mounts.length - 1;
        int hole = home(mount, mask);
        while (mounts[hole] != mount) {
            if (mounts[hole] == null) {
                throw new IllegalStateException("a mount is not in the table");
            }
            hole = (hole + 1) & mask;
        }
        // What follows moves up, so that probing needs no marks.
        int slot = hole;
        while (true) {
            slot = (slot + 1) & mask;
            Mount follower = mounts[slot];
            if (follower == null) {
                break;
            }
            int distance = (slot - home(follower, mask)) & mask;
            if (distance >= ((slot - hole) & mask)) {
                SLOT.setRelease(mounts, hole, follower);
                hole = slot;
            }
        }
        SLOT.setRelease(mounts, hole, null);
        size--;
        VirtualDentry point = mount.point();
        if (point != null) {
            point.mount().forgetCrossing();
        }
    }

    private static void put(@Nullable Mount[] mounts, Mount mount) {
        int mask = mounts.length - 1;
        int slot = home(mount, mask);
        while (mounts[slot] != null) {
            slot = (slot + 1) & mask;
        }
        SLOT.setRelease(mounts, slot, mount);
    }

    private static int home(Mount mount, int mask) {
        VirtualDentry point = mount.point();
        if (point == null) {
            throw new IllegalStateException("a mount in the table covers nothing");
        }
        return slot(point.mount(), point.dentry(), mask);
    }

    private static int slot(Mount parent, Dentry dentry, int mask) {
        int mixed = (System.identityHashCode(dentry) ^ parent.hash()) * 0x9E3779B9;
        return (mixed ^ (mixed >>> 16)) & mask;
    }
}
