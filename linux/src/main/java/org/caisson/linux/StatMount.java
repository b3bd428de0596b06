package org.caisson.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code struct statmount} of {@code linux/mount.h} (Linux 6.8): filled by {@link MountCalls#statmount}. */
public final class StatMount {
    /** The struct without its strings, which follow it. */
    public static final int SIZE = 512;

    public static final int MNT_OPTS = 4;
    public static final int MASK = 8;
    public static final int SB_DEV_MAJOR = 16;
    public static final int SB_DEV_MINOR = 20;
    public static final int SB_MAGIC = 24;
    public static final int SB_FLAGS = 32;
    public static final int FS_TYPE = 36;
    public static final int MNT_ID = 40;
    public static final int MNT_PARENT_ID = 48;
    public static final int MNT_ID_OLD = 56;
    public static final int MNT_PARENT_ID_OLD = 60;
    public static final int MNT_ATTR = 64;
    public static final int MNT_PROPAGATION = 72;
    public static final int MNT_PEER_GROUP = 80;
    public static final int MNT_MASTER = 88;
    public static final int PROPAGATE_FROM = 96;
    public static final int MNT_ROOT = 104;
    public static final int MNT_POINT = 108;
    public static final int MNT_NS_ID = 112;

    /** Bits of what is asked for and what was filled in. */
    public static final long STATMOUNT_SB_BASIC = 0x1;

    public static final long STATMOUNT_MNT_BASIC = 0x2;
    public static final long STATMOUNT_PROPAGATE_FROM = 0x4;
    public static final long STATMOUNT_MNT_ROOT = 0x8;
    public static final long STATMOUNT_MNT_POINT = 0x10;
    public static final long STATMOUNT_FS_TYPE = 0x20;
    public static final long STATMOUNT_MNT_NS_ID = 0x40;
    public static final long STATMOUNT_MNT_OPTS = 0x80;

    private final MemorySegment segment;

    private StatMount(MemorySegment segment) {
        this.segment = segment;
    }

    /** A buffer with room for {@code stringBytes} of text. */
    public static StatMount allocate(Arena arena, int stringBytes) {
        return new StatMount(arena.allocate(SIZE + (long) stringBytes, 8));
    }

    public static StatMount wrap(MemorySegment segment) {
        return new StatMount(segment);
    }

    public MemorySegment segment() {
        return segment;
    }

    public long mask() {
        return getLong(MASK);
    }

    public int deviceMajor() {
        return getInt(SB_DEV_MAJOR);
    }

    public int deviceMinor() {
        return getInt(SB_DEV_MINOR);
    }

    public long magic() {
        return getLong(SB_MAGIC);
    }

    public long mountId() {
        return getLong(MNT_ID);
    }

    public long parentId() {
        return getLong(MNT_PARENT_ID);
    }

    /** The id as {@code /proc/PID/mountinfo} shows it. */
    public int oldMountId() {
        return getInt(MNT_ID_OLD);
    }

    /** {@code MOUNT_ATTR_*} bits. */
    public long attributes() {
        return getLong(MNT_ATTR);
    }

    /** One of {@link MountFlags#MS_SHARED} and its kin. */
    public long propagation() {
        return getLong(MNT_PROPAGATION);
    }

    public byte[] fileSystemType() {
        return string(FS_TYPE);
    }

    /** The root of the mount within its file system. */
    public byte[] root() {
        return string(MNT_ROOT);
    }

    /** Where it is mounted, seen from the caller's root. */
    public byte[] mountPoint() {
        return string(MNT_POINT);
    }

    public byte[] options() {
        return string(MNT_OPTS);
    }

    private byte[] string(int field) {
        return HostMemory.cString(segment.asSlice(SIZE + (getInt(field) & 0xffffffffL)));
    }

    private int getInt(int offset) {
        return segment.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
    }

    private long getLong(int offset) {
        return segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }
}
