package org.caisson.image.source;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;

/**
 * What is written of an image.
 *
 * @param manifest its manifest
 * @param blobs all of it, each once, the manifest first
 */
record ExportedImage(Descriptor manifest, List<Blob> blobs) {
    ExportedImage {
        blobs = List.copyOf(blobs);
    }

    /** Where bytes come from. */
    @FunctionalInterface
    interface Source {
        InputStream open() throws IOException;
    }

    /** Bytes, and what they are. */
    record Blob(Descriptor descriptor, Source source) {
        static Blob of(String mediaType, byte[] content) {
            return new Blob(
                    new Descriptor(mediaType, Digest.of(content), content.length),
                    () -> new ByteArrayInputStream(content));
        }
    }
}
