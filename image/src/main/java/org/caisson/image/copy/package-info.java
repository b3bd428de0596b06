/**
 * Copies between trees, and to and from tar archives, as {@code docker cp} does: {@link org.caisson.image.copy.CopyPath} says what a path
 * means, {@link org.caisson.image.copy.Copier} copies. Paths are resolved by the virtual file system within their tree, so that no link
 * in one leads out of it, whoever changes it meanwhile.
 */
@NullMarked
package org.caisson.image.copy;

import org.jspecify.annotations.NullMarked;
