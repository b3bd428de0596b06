package org.caisson.vfs;

import org.caisson.linux.MountFlags;

/** What statfs(2) tells of a file system: a mutable struct that callers reuse. */
public final class FileSystemStatistics {
    /** The magic number, see {@code linux/magic.h}. */
    public long type;

    public long blockSize;
    public long fragmentSize;
    public long blocks;
    public long blocksFree;
    public long blocksAvailable;
    public long files;
    public long filesFree;
    public long id;
    public int nameLength;
    /** {@code ST_} flags of the mount, which share their low values with {@link MountFlags}. */
    public long flags;

    /** All zero. */
    public FileSystemStatistics() {}
}
