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
 * <p>Files that are compressed in the image are not read: they can be looked at, and opening one is EOPNOTSUPP. Their data has no place that
 * could be mapped, which is what all of this is for; each reader of it would need a cache of its own. Who wants small images compresses
 * them as a whole where they rest.
 *
 * <p>There are no locks but those of {@link org.caisson.vfs.TreeFileSystem}.
 */
@NullMarked
package org.caisson.vfs.erofs;

import org.jspecify.annotations.NullMarked;
