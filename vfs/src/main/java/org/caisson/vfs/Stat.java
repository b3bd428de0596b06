package org.caisson.vfs;

import org.caisson.linux.StatMode;

/** The attributes of a file, as stat(2) and statx(2) give them: a mutable struct that callers reuse. */
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
    public long mountId;

    /** All zero. */
    public Stat() {}

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
