package org.caisson.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code struct statfs} of {@code asm-generic/statfs.h}, 64 bits: filled by {@link FileCalls#fstatfs}. */
public final class StatFs {
    public static final int SIZE = 120;
    public static final int F_TYPE = 0;
    public static final int F_BSIZE = 8;
    public static final int F_BLOCKS = 16;
    public static final int F_BFREE = 24;
    public static final int F_BAVAIL = 32;
    public static final int F_FILES = 40;
    public static final int F_FFREE = 48;
    public static final int F_FSID = 56;
    public static final int F_NAMELEN = 64;
    public static final int F_FRSIZE = 72;
    public static final int F_FLAGS = 80;

    /** Magic numbers of {@code linux/magic.h}. */
    public static final long PROC_SUPER_MAGIC = 0x9fa0;

    public static final long SYSFS_MAGIC = 0x62656572;
    public static final long TMPFS_MAGIC = 0x01021994;
    public static final long FUSE_SUPER_MAGIC = 0x65735546;
    public static final long OVERLAYFS_SUPER_MAGIC = 0x794c7630;
    public static final long CGROUP_SUPER_MAGIC = 0x27e0eb;
    public static final long CGROUP2_SUPER_MAGIC = 0x63677270;
    public static final long NSFS_MAGIC = 0x6e736673;

    private final MemorySegment segment;

    private StatFs(MemorySegment segment) {
        this.segment = segment;
    }

    public static StatFs wrap(MemorySegment segment) {
        return new StatFs(segment);
    }

    public static StatFs allocate(Arena arena) {
        return new StatFs(arena.allocate(SIZE, 8));
    }

    public MemorySegment segment() {
        return segment;
    }

    /** The file system's magic number. */
    public long type() {
        return get(F_TYPE);
    }

    public long blockSize() {
        return get(F_BSIZE);
    }

    public long blocks() {
        return get(F_BLOCKS);
    }

    public long freeBlocks() {
        return get(F_BFREE);
    }

    public long availableBlocks() {
        return get(F_BAVAIL);
    }

    public long files() {
        return get(F_FILES);
    }

    public long freeFiles() {
        return get(F_FFREE);
    }

    public long fragmentSize() {
        return get(F_FRSIZE);
    }

    /** {@code f_fsid}, both words as they lie. */
    public long id() {
        return get(F_FSID);
    }

    public long nameLength() {
        return get(F_NAMELEN);
    }

    /** The mount's {@code ST_*} flags. */
    public long flags() {
        return get(F_FLAGS);
    }

    private long get(int offset) {
        return segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    }
}
