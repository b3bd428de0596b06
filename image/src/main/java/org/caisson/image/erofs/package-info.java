/**
 * EROFS images, written in one pass of whatever tells the entries: {@link org.caisson.image.erofs.ErofsWriter} takes them one by one,
 * {@link org.caisson.image.erofs.TarImport} out of a tar archive or layer, {@link org.caisson.image.erofs.TreeImport} out of a tree of the
 * virtual file system.
 *
 * <p>Data goes to the image as it comes, each file at the beginning of a block. What is known of the tree stays in memory until the end, in
 * columns of numbers: some 100 bytes for an entry and the bytes of its name. Then come the blocks of large directories, attributes that
 * several files share, the inodes in the order in which their entries came, with small data behind them, and last the superblock.
 *
 * <p>{@link org.caisson.image.erofs.LayerMerge} writes no data but what layers have behind their inodes: its image is of the metadata of
 * several, which are its further devices. The kernel mounts them together, one {@code device} option a layer.
 *
 * <p>A layer may have hard links to files that only lower layers have. Its own image cannot say so: there such a name is a symbolic link,
 * marked by an attribute that overlayfs does not show, and the root is marked too. {@code LayerMerge} looks the file up in the layers below,
 * as they are without this one, and gives it the further name.
 *
 * <p>Left out, for it does not pay: <ul>
 * <li>Chunks that files share without being the same: in 2.4 GB of a distribution's {@code /usr} they are 0.5 % by the 64 KiB and 2 % by the
 *     block, at the price of a second digest of everything, while whole files that are the same are 3.5 %.
 * <li>A table of long prefixes of attribute names: what several files have in common is shared as a whole, with its value.
 * <li>Compression in the image: compressed data has no place that could be mapped or that a merged image could name. At rest in a registry a
 *     layer is compressed as a whole.
 * </ul>
 *
 * <p>The same entries give the same bytes. Nothing here is safe for several threads, and there are no locks.
 */
@NullMarked
package org.caisson.image.erofs;

import org.jspecify.annotations.NullMarked;
