package org.caisson.vfs;

import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;

/**
 * The attributes of a file, as stat(2) and statx(2) give them: a mutable struct that callers reuse. Nothing is said of alignment for
 * O_DIRECT (STATX_DIOALIGN), as no file system here moves data past memory.
 */
public final class Stat {
    /** Type and permissions, see {@link StatMode}. */
    public int mode;

    public long inode;
    /** The device number of the file system, in the kernel's 32-bit encoding (minor low byte, major, minor high). */
    public long device;

    public int links;
    public int uid;
    public int gid;
    public long size;
    /** 512-byte blocks in use. */
    public long blocks;

    public int blockSize;
    /** The device that a device node stands for. */
    public long rdev;

    public long accessSeconds;
    public int accessNanos;
    public long modifySeconds;
    public int modifyNanos;
    public long changeSeconds;
    public int changeNanos;
    public long birthSeconds;
    public int birthNanos;
    /** The mount's id, which is used again when the mount is gone. */
    public long mountId;
    /** Whether the fields that follow are asked for, which cost a little more: they are filled only then. */
    public boolean extended;

    /** The mount's id that no other mount has (STATX_MNT_ID_UNIQUE). */
    public long uniqueMountId;

    /** Which of the other fields are filled, bits of {@link Statx}: STATX_BASIC_STATS (without STATX_ATIME where nothing can change) and STATX_BTIME. */
    public int mask;
    /** What holds for the file, {@code STATX_ATTR_} bits of {@link Statx}. */
    public long attributes;
    /** Which of those can hold for files of its file system. */
    public long attributesMask;

    private boolean isUserUnmapped;
    private boolean isGroupUnmapped;

    /** All zero. */
    public Stat() {}

    /** Begins to fill what statx(2) tells beyond stat(2), if it is asked for, with what holds for any file ({@code vfs_getattr_nosec}). */
    public void beginExtended() {
        if (extended) {
            mask = Statx.STATX_BASIC_STATS;
            attributes = 0;
            attributesMask = Statx.STATX_ATTR_AUTOMOUNT | Statx.STATX_ATTR_DAX;
        }
    }

    /** Fills what is told of the mount through which a file was found, and maps owners, when all that the file system knows is filled. */
    public void seenThrough(Mount mount, Dentry dentry) {
        mountId = mount.id();
        IdMapping mapping = mount.idMapping();
        isUserUnmapped = false;
        isGroupUnmapped = false;
        if (mapping != null) {
            map(mapping);
        }
        if (extended) {
            seeMount(mount, dentry);
        }
    }

    private void map(IdMapping mapping) {
        int shownUid = mapping.shownUser(uid);
        int shownGid = mapping.shownGroup(gid);
        isUserUnmapped = shownUid == IdMapping.NONE;
        isGroupUnmapped = shownGid == IdMapping.NONE;
        uid = shownUid == IdMapping.NONE ? IdMapping.OVERFLOW : shownUid;
        gid = shownGid == IdMapping.NONE ? IdMapping.OVERFLOW : shownGid;
    }

    private void seeMount(Mount mount, Dentry dentry) {
        uniqueMountId = mount.uniqueId();
        attributesMask |= Statx.STATX_ATTR_MOUNT_ROOT;
        // A layer of an overlay may have said something of its own mount.
        attributes = mount.isRoot(dentry)
                ? attributes | Statx.STATX_ATTR_MOUNT_ROOT
                : attributes & ~Statx.STATX_ATTR_MOUNT_ROOT;
    }

    /** The owner as an inode has it that stands for this file: nobody if the mount leaves the owner out. */
    public int owner() {
        return isUserUnmapped ? IdMapping.NONE : uid;
    }

    /** The same of the group. */
    public int group() {
        return isGroupUnmapped ? IdMapping.NONE : gid;
    }

    /** Whether the mount leaves owner or group out, and shows what stands for all such. */
    public boolean isUnmapped() {
        return isUserUnmapped || isGroupUnmapped;
    }

    /** Sets all times to one moment. */
    public void allTimes(long seconds, int nanos) {
        accessSeconds = seconds;
        modifySeconds = seconds;
        changeSeconds = seconds;
        birthSeconds = seconds;
        accessNanos = nanos;
        modifyNanos = nanos;
        changeNanos = nanos;
        birthNanos = nanos;
    }

    public boolean isDirectory() {
        return StatMode.isDirectory(mode);
    }

    public boolean isSymlink() {
        return StatMode.isLink(mode);
    }

    public boolean isRegular() {
        return StatMode.isRegular(mode);
    }
}
