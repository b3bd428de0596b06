/**
 * EROFS images, read in place: files that hold a read-only tree in the layout of the kernel's {@code fs/erofs/erofs_fs.h}.
 *
 * <p>{@link org.caisson.vfs.erofs.ErofsFileSystem} maps an image and reads nothing of it but the superblock and the root; an inode is
 * read when a walk first comes to it, and a name is looked for by binary search in the mapped blocks of its directory. {@link
 * org.caisson.vfs.erofs.ErofsLayout} holds the numbers of the layout, which a writer needs too.
 *
 * <p>An image may come from anywhere. Whatever is read of it is checked against the bounds of its file before it is used, every loop is
 * bounded by what the file has room for, and what cannot be is EUCLEAN. A directory has one place: one that is found at a second is
 * EUCLEAN too, so that there are no circles. A file that somebody cuts off while it is mapped answers EIO.
 *
 * <p>There are no locks but those of {@link org.caisson.vfs.TreeFileSystem}.
 */
@NullMarked
package org.caisson.vfs.erofs;

import org.jspecify.annotations.NullMarked;
