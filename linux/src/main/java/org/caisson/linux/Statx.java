package org.caisson.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code struct statx} of {@code linux/stat.h}: filled by {@link FileCalls#statx}, read in place. */
public final class Statx {
    public static final int SIZE = 256;
    public static final int STX_MASK = 0;
    public static final int STX_BLKSIZE = 4;
    public static final int STX_ATTRIBUTES = 8;
    public static final int STX_NLINK = 16;
    public static final int STX_UID = 20;
    public static final int STX_GID = 24;
    public static final int STX_MODE = 28;
    public static final int STX_INO = 32;
    public static final int STX_SIZE = 40;
    public static final int STX_BLOCKS = 48;
    public static final int STX_ATTRIBUTES_MASK = 56;
    public static final int STX_ATIME = 64;
    public static final int STX_BTIME = 80;
    public static final int STX_CTIME = 96;
    public static final int STX_MTIME = 112;
    public static final int STX_RDEV_MAJOR = 128;
    public static final int STX_RDEV_MINOR = 132;
    public static final int STX_DEV_MAJOR = 136;
    public static final int STX_DEV_MINOR = 140;
    public static final int STX_MNT_ID = 144;

    /** Bits of the mask: what is asked for, and what was filled in. */
    public static final int STATX_BASIC_STATS = 0x7ff;

    public static final int STATX_ATIME = 0x20;
    public static final int STATX_BTIME = 0x800;
    public static final int STATX_MNT_ID = 0x1000;
    public static final int STATX_MNT_ID_UNIQUE = 0x4000;

    /** The root of a mount ({@code stx_attributes}). */
    public static final long STATX_ATTR_MOUNT_ROOT = 0x2000;

    /** More of {@code stx_attributes}: the first four are as {@link FileFlags} has them. */
    public static final long STATX_ATTR_COMPRESSED = 0x4;

    public static final long STATX_ATTR_IMMUTABLE = 0x10;
    public static final long STATX_ATTR_APPEND = 0x20;
    public static final long STATX_ATTR_NODUMP = 0x40;
    public static final long STATX_ATTR_AUTOMOUNT = 0x1000;
    public static final long STATX_ATTR_DAX = 0x200000;

    private final MemorySegment segment;

    private Statx(MemorySegment segment) {
        this.segment = segment;
    }

    public static Statx wrap(MemorySegment segment) {
        return new Statx(segment);
    }

    public static Statx allocate(Arena arena) {
        return new Statx(arena.allocate(SIZE, 8));
    }

    public MemorySegment segment() {
        return segment;
    }

    public int mask() {
        return getInt(STX_MASK);
    }

    public int blockSize() {
        return getInt(STX_BLKSIZE);
    }

    public long attributes() {
        return getLong(STX_ATTRIBUTES);
    }

    /** The attributes that the file system can have at all. */
    public long attributesMask() {
        return getLong(STX_ATTRIBUTES_MASK);
    }

    public int links() {
        return getInt(STX_NLINK);
    }

    public int uid() {
        return getInt(STX_UID);
    }

    public int gid() {
        return getInt(STX_GID);
    }

    /** Type and permissions. */
    public int mode() {
        return segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, STX_MODE) & 0xffff;
    }

    public long inode() {
        return getLong(STX_INO);
    }

    public long size() {
        return getLong(STX_SIZE);
    }

    /** Of 512 bytes each. */
    public long blocks() {
        return getLong(STX_BLOCKS);
    }

    public long accessSeconds() {
        return getLong(STX_ATIME);
    }

    public int accessNanos() {
        return getInt(STX_ATIME + 8);
    }

    public long birthSeconds() {
        return getLong(STX_BTIME);
    }

    public int birthNanos() {
        return getInt(STX_BTIME + 8);
    }

    public long changeSeconds() {
        return getLong(STX_CTIME);
    }

    public int changeNanos() {
        return getInt(STX_CTIME + 8);
    }

    public long modificationSeconds() {
        return getLong(STX_MTIME);
    }

    public int modificationNanos() {
        return getInt(STX_MTIME + 8);
    }

    public int deviceNumberMajor() {
        return getInt(STX_RDEV_MAJOR);
    }

    public int deviceNumberMinor() {
        return getInt(STX_RDEV_MINOR);
    }

    public int deviceMajor() {
        return getInt(STX_DEV_MAJOR);
    }

    public int deviceMinor() {
        return getInt(STX_DEV_MINOR);
    }

    public long mountId() {
        return getLong(STX_MNT_ID);
    }

    public boolean isMountRoot() {
        return (attributes() & STATX_ATTR_MOUNT_ROOT) != 0;
    }

    private int getInt(int offset) {
        return segment.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }

    private long getLong(int offset) {
        return segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }
}
