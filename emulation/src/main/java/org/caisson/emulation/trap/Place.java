package org.caisson.emulation.trap;

import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;

/**
 * What a path led to, held by an {@code O_PATH} descriptor, and which mount and file system it is on. Nothing is asked
 * of the file system itself: it might be one that waits for the caller.
 */
final class Place implements AutoCloseable {
    private final OwnedFd fd;
    private final long mountId;
    private final long device;
    private final long inode;
    private final boolean mountRoot;

    private Place(OwnedFd fd, Statx stat) {
        this.fd = fd;
        this.mountId = stat.mountId();
        this.device = device(stat);
        this.inode = stat.inode();
        this.mountRoot = stat.isMountRoot();
    }

    /** Takes the descriptor over, also when it fails. */
    static Place of(OwnedFd fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            return new Place(fd, stat(fd, scratch));
        } catch (ErrnoException failure) {
            fd.close();
            throw failure;
        }
    }

    /** The device number of the superblock that a descriptor is on. */
    static long deviceOf(OwnedFd fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            return device(stat(fd, scratch));
        }
    }

    private static Statx stat(OwnedFd fd, Scratch scratch) throws ErrnoException {
        Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
        int flags = AtFlags.AT_EMPTY_PATH | AtFlags.AT_STATX_DONT_SYNC | AtFlags.AT_NO_AUTOMOUNT;
        FileCalls.statx(fd.number(), "", flags, Statx.STATX_BASIC_STATS | Statx.STATX_MNT_ID, stat);
        return stat;
    }

    private static long device(Statx stat) {
        return (long) stat.deviceMajor() << 32 | (stat.deviceMinor() & 0xffff_ffffL);
    }

    OwnedFd fd() {
        return fd;
    }

    /** The number of its mount in {@code /proc/PID/mountinfo}. */
    long mountId() {
        return mountId;
    }

    /** Major and minor number, as {@link #deviceOf} puts them together. */
    long device() {
        return device;
    }

    /** Whether it is the root of its mount. */
    boolean isMountRoot() {
        return mountRoot;
    }

    /**
     * Whether it may be the root of a procfs or sysfs: both have inode 1 on a device without a driver. It spares a look
     * at the mount table for nearly everything else.
     */
    boolean mayBeBase() {
        return inode == 1 && device >>> 32 == 0;
    }

    /** Whether both are the same file, seen through the same mount. */
    boolean isSame(Place other) {
        return mountId == other.mountId && device == other.device && inode == other.inode;
    }

    /** Whether both are the same file, through whatever mounts. */
    boolean isSameFile(Place other) {
        return device == other.device && inode == other.inode;
    }

    @Override
    public void close() {
        fd.close();
    }
}
