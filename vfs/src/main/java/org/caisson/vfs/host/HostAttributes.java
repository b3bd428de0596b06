package org.caisson.vfs.host;

import java.util.concurrent.TimeUnit;
import org.caisson.linux.FileCalls;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;
import org.caisson.vfs.AccessTimes;
import org.caisson.vfs.Stat;

/**
 * What the host said of a file at one moment.
 *
 * @param version the {@link HostInode#version} of the file before the host was asked: if it is another one since, this is out of date
 * @param moment when the host was asked, of {@link System#nanoTime}
 */
record HostAttributes(
        int version,
        long moment,
        int mode,
        int links,
        int uid,
        int gid,
        long size,
        long blocks,
        int blockSize,
        long rdev,
        long accessSeconds,
        int accessNanos,
        long modifySeconds,
        int modifyNanos,
        long changeSeconds,
        int changeNanos,
        long birthSeconds,
        int birthNanos,
        int mask,
        int statxAttributes,
        int statxAttributesMask) {
    /** What the VFS says of every file itself. */
    private static final long NOT_OF_THE_FILE = Statx.STATX_ATTR_MOUNT_ROOT;

    static final int MASK = Statx.STATX_BASIC_STATS | Statx.STATX_BTIME;

    private static final int PERMISSIONS = 07777;

    static HostAttributes of(Statx told, int version, long moment) {
        boolean born = (told.mask() & Statx.STATX_BTIME) != 0;
        return new HostAttributes(
                version,
                moment,
                told.mode(),
                told.links(),
                told.uid(),
                told.gid(),
                told.size(),
                told.blocks(),
                told.blockSize(),
                FileCalls.deviceNumber(told.deviceNumberMajor(), told.deviceNumberMinor()),
                told.accessSeconds(),
                told.accessNanos(),
                told.modificationSeconds(),
                told.modificationNanos(),
                told.changeSeconds(),
                told.changeNanos(),
                born ? told.birthSeconds() : 0,
                born ? told.birthNanos() : 0,
                told.mask() & MASK,
                (int) (told.attributes() & ~NOT_OF_THE_FILE),
                (int) (told.attributesMask() & ~NOT_OF_THE_FILE));
    }

    int permissions() {
        return mode & PERMISSIONS;
    }

    int type() {
        return mode & StatMode.S_IFMT;
    }

    /** When the file last changed, in milliseconds since the epoch. */
    long changeMillis() {
        return TimeUnit.SECONDS.toMillis(changeSeconds) + TimeUnit.NANOSECONDS.toMillis(changeNanos);
    }

    /** Whether a read changes the access time where it is kept by relatime, see mount(8). */
    boolean isTouchedByRelatime() {
        return AccessTimes.notAfter(accessSeconds, accessNanos, modifySeconds, modifyNanos)
                || AccessTimes.notAfter(accessSeconds, accessNanos, changeSeconds, changeNanos)
                || AccessTimes.isDayOld(accessSeconds, System.currentTimeMillis() / 1000 + 1);
    }

    /** Fills all but the inode number, the device and the mount. */
    void fill(Stat out) {
        out.mode = mode;
        out.links = links;
        out.uid = uid;
        out.gid = gid;
        out.size = size;
        out.blocks = blocks;
        out.blockSize = blockSize;
        out.rdev = rdev;
        out.accessSeconds = accessSeconds;
        out.accessNanos = accessNanos;
        out.modifySeconds = modifySeconds;
        out.modifyNanos = modifyNanos;
        out.changeSeconds = changeSeconds;
        out.changeNanos = changeNanos;
        out.birthSeconds = birthSeconds;
        out.birthNanos = birthNanos;
        if (!out.extended) {
            return;
        }
        out.mask = (out.mask & mask) | (mask & Statx.STATX_BTIME);
        out.attributes |= statxAttributes;
        out.attributesMask |= statxAttributesMask;
    }
}
