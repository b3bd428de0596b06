/**
 * What an image is made of, as the OCI image specification and Docker's image manifest 2.2 have it: {@link org.caisson.image.oci.Index} →
 * {@link org.caisson.image.oci.Manifest} → {@link org.caisson.image.oci.ImageConfig} and layers, each named by its
 * {@link org.caisson.image.oci.Digest}; and the names that people give to images ({@link org.caisson.image.oci.Reference}).
 *
 * <p>Documents come from strangers: their size, depth and number of values are limited, and what is wrong in one is told by its place in it
 * ({@code layers[2].digest}). All types are immutable and safe for several threads.
 */
@NullMarked
package org.caisson.image.oci;

import org.jspecify.annotations.NullMarked;
