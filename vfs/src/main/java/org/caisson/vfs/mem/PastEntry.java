package org.caisson.vfs.mem;

import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;

/**
 * An entry of a directory as a snapshot sees it.
 *
 * @param dentry what it is an entry of now, perhaps by another name
 * @param cookie where it stood in the order of entries
 */
record PastEntry(Name name, TreeDentry dentry, int cookie) {
    MemInode inode() {
        return (MemInode) dentry.inode();
    }
}
