package org.caisson.image.store;

import java.time.Instant;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageConfig;
import org.caisson.image.oci.Manifest;
import org.caisson.image.oci.Reference;
import org.jspecify.annotations.Nullable;

/**
 * A name in the store, and the image that it stands for.
 *
 * @param name what it is called
 * @param descriptor of the manifest
 * @param index the index that the manifest was chosen from; null if there was none
 * @param stored when the name was given
 * @param manifest of what it consists
 * @param config how it is run
 */
public record StoredImage(
        Reference name,
        Descriptor descriptor,
        @Nullable Digest index,
        Instant stored,
        Manifest manifest,
        ImageConfig config) {
    /** By which Docker knows an image too: the digest of its configuration. */
    public Digest id() {
        return manifest.config().digest();
    }
}
