package org.caisson.vfs.overlay;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Files of an overlay that are open and have no name. Needs no lock; who loses the last name or the last user says so. */
final class OpenOrphans {
    private final Set<OverlayInode> inodes = ConcurrentHashMap.newKeySet();

    /** A file has no name any more, or none yet; it may be open. */
    void add(OverlayInode inode) {
        if (inode.users() != 0) {
            inodes.add(inode);
            // Its last user may have gone just now, and not have found it.
            if (inode.users() == 0) {
                inodes.remove(inode);
            }
        }
    }

    /** A file is not open any more. */
    void remove(OverlayInode inode) {
        inodes.remove(inode);
    }

    boolean exist() {
        return inodes.stream().anyMatch(inode -> inode.isNameless() && inode.users() != 0);
    }
}
