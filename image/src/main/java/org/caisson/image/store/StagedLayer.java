package org.caisson.image.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A layer that was read to its end and lies in a directory of work, to be published or forgotten.
 *
 * @param blob what came: its digest and size as they were computed
 * @param diffId the digest of the plain tar archive, computed too
 * @param blobFile the blob; null if it was read from the store
 * @param layerFile the converted layer; null if the store has it already
 */
public record StagedLayer(
        Descriptor blob,
        Digest diffId,
        @Nullable Path blobFile,
        @Nullable Path layerFile) {

    /** Has all its files reach the disk, before which none may get a name. */
    void sync() throws IOException {
        if (layerFile != null) {
            Durable.sync(layerFile);
            if (Files.exists(Places.side(layerFile))) {
                Durable.sync(Places.side(layerFile));
            }
        }
        if (blobFile != null) {
            Durable.sync(blobFile);
        }
    }

    /** Forgets the converted layer. */
    void delete() throws IOException {
        if (layerFile != null) {
            Files.deleteIfExists(Places.side(layerFile));
            Files.deleteIfExists(layerFile);
        }
    }
}
