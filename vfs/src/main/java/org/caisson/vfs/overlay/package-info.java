/**
 * Directory trees on top of each other, shown as one: any number that are only read, and at most one that is written.
 *
 * <p>An {@link org.caisson.vfs.overlay.OverlayFileSystem} remembers names that were looked up, also those that are missing, so that a walk
 * asks no layer twice. When they are too many it forgets the oldest that nobody uses: all that it knows of them the layers know as well,
 * so that they are found again as they were. Only a copy that a layer could not be told to be one stays, and what a change feed asked
 * for. What anybody still refers to is found as the same dentry again ({@link org.caisson.vfs.RememberedNames}), so that it can be copied
 * up by its name meanwhile, which it has although no table has it. A layer is a directory of the virtual file system; all that is done there goes through
 * calls of {@link org.caisson.vfs.VirtualFileSystem} in the name of the mounter. What the layers store is what the kernel's overlayfs
 * stores.
 *
 * <p>Lock order:
 * <pre>
 * tree's rename lock
 *   gate of changes (ChangeGate), closed while a snapshot is taken
 *   open directory
 *     directories whose entries change (monitors of their dentries)
 *       where directories are in the upper layer (CopyUp.directories)
 *         file (monitor of its inode): copying it up, its attributes, its names
 *           table of linked files; tables of children
 *             all locks of the layers' file systems
 * </pre>
 * Monitors of several directories are held by renames and by removals of directories only, of which there is one at a time.
 */
@NullMarked
package org.caisson.vfs.overlay;

import org.jspecify.annotations.NullMarked;
