package org.caisson.vfs.mem;

import java.util.HashSet;
import java.util.Set;

/** Files that have no name but are still open: they count against the limits, but are in no snapshot. Its monitor comes after that of an inode. */
final class Orphans {
    private final Space space;
    private final Set<MemInode> inodes = new HashSet<>();

    Orphans(Space space) {
        this.space = space;
    }

    synchronized void add(MemInode inode) {
        inodes.add(inode);
    }

    synchronized boolean isEmpty() {
        return inodes.isEmpty();
    }

    /** Forgets one that got a name. */
    synchronized void remove(MemInode inode) {
        inodes.remove(inode);
    }

    /** Frees one that nobody uses any more, in one with forgetting it. */
    synchronized void free(MemInode inode) {
        inodes.remove(inode);
        inode.free();
    }

    /** What is used by what has a name; no change is under way. */
    synchronized Snapshot.Usage usageOfOthers(long lastInode) {
        long pages = space.pages();
        long bytes = space.inodeBytes();
        Quotas quotas = space.quotas() == null ? null : space.quotas().copy();
        for (MemInode orphan : inodes) {
            pages -= orphan.pages();
            bytes -= Space.INODE + orphan.xattrBytes();
            if (quotas != null) {
                quotas.give(orphan.owner(), orphan.pages(), 1);
            }
        }
        return new Snapshot.Usage(pages, bytes, lastInode, quotas);
    }
}
