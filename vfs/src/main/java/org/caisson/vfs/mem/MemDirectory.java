package org.caisson.vfs.mem;

import org.caisson.linux.StatMode;

/** A directory: its table is in its dentry; here is only what stat(2) tells of it. */
final class MemDirectory extends MemInode {
    /** What each entry adds, also the two that every directory has, to the size (BOGO_DIRENT_SIZE of {@code mm/shmem.c}). */
    private static final int ENTRY = 20;

    /** Written under the monitor of the dentry. */
    private volatile int entries;

    MemDirectory(MemFileSystem fileSystem, int permissions, int uid, int gid) {
        super(fileSystem, StatMode.S_IFDIR | permissions, uid, gid, 2);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time
    void countEntries(int change) {
        entries += change;
    }

    @Override
    long size() {
        return (2L + entries) * ENTRY;
    }
}
