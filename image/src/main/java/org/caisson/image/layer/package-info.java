/**
 * Layers of OCI images: tar archives of what changed in a tree, as {@code layer.md} of the OCI image specification has them.
 *
 * <p>{@link org.caisson.image.layer.LayerWriter} turns changes of {@link org.caisson.vfs.difference} into entries and whiteouts;
 * {@code TarWriter} writes them in the pax format of POSIX, with names and attributes as bytes.
 *
 * <p>Nothing here is safe for several threads, and there are no locks.
 */
@NullMarked
package org.caisson.image.layer;

import org.jspecify.annotations.NullMarked;
