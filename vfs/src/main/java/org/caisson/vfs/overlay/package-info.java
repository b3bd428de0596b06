/**
 * Directory trees on top of each other, shown as one: any number that are only read, and at most one that is written.
 *
 * <p>An {@link org.caisson.vfs.overlay.OverlayFileSystem} keeps a dentry for each name that was looked up, also for those that are
 * missing, so that a walk asks no layer twice. A layer is a directory of the virtual file system; all that is done there goes through
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
