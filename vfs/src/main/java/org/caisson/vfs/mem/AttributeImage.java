package org.caisson.vfs.mem;

import org.jspecify.annotations.Nullable;

/** Attributes of a file as snapshots see them. */
final class AttributeImage extends Image {
    final long number;
    final int mode;
    final int fileFlags;
    final int uid;
    final int gid;
    final int links;
    final Times times;

    /** Not changed any more. */
    final @Nullable MemXattrs xattrs;

    private final MemInode inode;

    /** Under the monitor of the inode. */
    @Nullable
    AttributeImage older;

    /** The times of stat(2). */
    record Times(
            long accessSeconds,
            int accessNanos,
            long modifySeconds,
            int modifyNanos,
            long changeSeconds,
            int changeNanos,
            long birth) {}

    /** What an inode is like now, under its monitor. */
    AttributeImage(MemInode inode, Times times, @Nullable MemXattrs xattrs, int first, int last) {
        super(first, last);
        this.inode = inode;
        this.times = times;
        this.xattrs = xattrs;
        number = inode.number();
        mode = inode.mode();
        fileFlags = inode.fileFlags();
        uid = inode.uid();
        gid = inode.gid();
        links = inode.links();
    }

    @Override
    void discard() {
        inode.discard(this);
    }
}
