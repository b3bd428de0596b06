/**
 * A host directory as a file system.
 *
 * <p>The host is another program's memory: it may change under us at any time, and whoever changes it may mean harm. A file is known by
 * what the host says it is, never by a path, and each time one is opened it is compared with what was meant.
 *
 * <p>Lock order, within that of {@link org.caisson.vfs}:
 * <pre>
 * tree's rename lock
 *   moves (HostFiles): names of the host and dentries move together
 *     directory (its dentry: the children table, and the host's names while they are changed here)
 *       inode (of one directory, or of one file)
 *       descriptor cache
 * open directory (its buffer)
 * </pre>
 * The host is asked to change names beneath moves and a directory's monitor; else it is called beneath an open directory's monitor only,
 * and to close a descriptor or open an open file again. Names that are too many are forgotten without any directory's monitor, for that takes
 * another one's. A descriptor is not sought by names beneath a directory's monitor: that may wait for
 * moves. So an access control list, for which one is needed, is read beneath the tree's rename lock at most.
 */
@NullMarked
package org.caisson.vfs.host;

import org.jspecify.annotations.NullMarked;
