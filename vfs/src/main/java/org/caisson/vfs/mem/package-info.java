/**
 * The memory file system (tmpfs): a tree of dentries and inodes on the heap, data in pages of a {@link
 * org.caisson.vfs.mem.PageStore} off it.
 *
 * <p>Lock order, below those of the core:
 * <pre>
 * tree's rename lock
 *   directory (a dentry's monitor: its table, what is removed)
 *     data of a file (FileData)
 *       inode (its monitor: attributes, links, users)
 *         page store
 * </pre>
 *
 * <p>Attributes are read without a lock: an {@link org.caisson.vfs.mem.MemInode} counts its changes, and who reads begins
 * again if the count is odd or has changed.
 */
@NullMarked
package org.caisson.vfs.mem;

import org.jspecify.annotations.NullMarked;
