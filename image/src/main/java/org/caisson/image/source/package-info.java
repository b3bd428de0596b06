/**
 * Where images come from besides registries, and how they are taken into a store and out of it: directories and archives in the layout of
 * OCI, archives of {@code docker save}, root directories and their archives.
 *
 * <p>{@link org.caisson.image.source.Importer} opens whatever it is given, finds out what it is, and reads each blob once.
 * An {@link org.caisson.image.source.ImageSource} is all that it needs to know of a place. Nothing is unpacked to the disk: archives are
 * read where they lie (a compressed one, or one from a pipe, is spooled first).
 *
 * <p>Sources are used by several threads at once; there are no locks.
 */
@NullMarked
package org.caisson.image.source;

import org.jspecify.annotations.NullMarked;
