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
 *     inode (several only beneath moves)
 *       directory (its children table)
 *     descriptor cache
 * open directory (its buffer)
 * </pre>
 * The host is called beneath moves and an open directory's monitor, never beneath the others, but to close a descriptor or to open an
 * open file again.
 */
@NullMarked
package org.caisson.vfs.host;

import org.jspecify.annotations.NullMarked;
