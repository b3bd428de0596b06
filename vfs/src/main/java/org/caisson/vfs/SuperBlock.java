package org.caisson.vfs;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/**
 * What the virtual file system keeps of a file system as a whole (the kernel's {@code struct super_block}): its device
 * number, its flags and its mounts. All but what is volatile is under this object's monitor.
 */
final class SuperBlock {
    /** The {@link MountFlags} that hold for a file system and not for one of its mounts. */
    static final int FLAGS = MountFlags.MS_RDONLY
            | MountFlags.MS_SYNCHRONOUS
            | MountFlags.MS_MANDLOCK
            | MountFlags.MS_DIRSYNC
            | MountFlags.MS_LAZYTIME;

    /** Those that a remount changes (the kernel's {@code MS_RMT_MASK}). */
    static final int REMOUNT_FLAGS =
            MountFlags.MS_RDONLY | MountFlags.MS_SYNCHRONOUS | MountFlags.MS_MANDLOCK | MountFlags.MS_LAZYTIME;

    private final AnonymousDevices.Minor device = AnonymousDevices.take();

    /** What else has a device of its own here. Null once they were freed. */
    private @Nullable List<AnonymousDevices.Minor> furtherDevices = new ArrayList<>();

    private final List<Mount> mounts = new ArrayList<>();

    private volatile int flags;

    /** Whether one of the mounts was ever in a namespace. */
    private boolean shown;

    private boolean released;

    /** Whether it stays read-only whatever a remount wants. Written before the first mount. */
    private boolean alwaysReadOnly;

    SuperBlock() {}

    long device() {
        return device.value();
    }

    int flags() {
        return flags;
    }

    void setFlags(int bits) {
        flags = bits;
    }

    void beginReadOnly() {
        alwaysReadOnly = true;
        flags |= MountFlags.MS_RDONLY;
    }

    boolean isAlwaysReadOnly() {
        return alwaysReadOnly;
    }

    boolean isReadOnly() {
        return (flags & MountFlags.MS_RDONLY) != 0;
    }

    /** Whether a mount shows this file system, or did and is still in use. */
    synchronized boolean isActive() {
        return !mounts.isEmpty();
    }

    /** Whether it was seen in some namespace and the last mount is gone. */
    synchronized boolean isReleased() {
        return released;
    }

    synchronized List<Mount> mounts() {
        return List.copyOf(mounts);
    }

    synchronized void add(Mount mount) {
        mount.superBlockIndex = mounts.size();
        mounts.add(mount);
    }

    /** Notes that a mount came into a namespace: from now on the end of the last one is the end of the file system. */
    synchronized void show() {
        shown = true;
    }

    /** Forgets a mount; true if it was the last one, so that the file system is to be released. */
    synchronized boolean remove(Mount mount) {
        int index = mount.superBlockIndex;
        Mount last = mounts.removeLast();
        if (last != mount) {
            mounts.set(index, last);
            last.superBlockIndex = index;
        }
        if (!mounts.isEmpty() || !shown || released) {
            return false;
        }
        released = true;
        device.free();
        freeFurtherDevices();
        return true;
    }

    /** Another device number, for as long as this one. */
    synchronized long takeDevice() {
        AnonymousDevices.Minor taken = AnonymousDevices.take();
        if (furtherDevices == null) {
            taken.free();
        } else {
            furtherDevices.add(taken);
        }
        return taken.value();
    }

    private void freeFurtherDevices() {
        if (furtherDevices != null) {
            furtherDevices.forEach(AnonymousDevices.Minor::free);
            furtherDevices = null;
        }
    }
}
