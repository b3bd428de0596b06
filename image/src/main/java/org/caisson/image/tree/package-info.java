/**
 * Images of the store as trees of the virtual file system: {@link org.caisson.image.tree.ImageLayers} shows one layer, or all of them
 * merged as the store has them, and what a container changed in them. Nothing is unpacked or mounted on the host.
 *
 * <p>What a container wrote belongs to its root, who may be changing it: it is read name by name through the host file system, which
 * follows no link of the host's, and as a stream.
 */
@NullMarked
package org.caisson.image.tree;

import org.jspecify.annotations.NullMarked;
