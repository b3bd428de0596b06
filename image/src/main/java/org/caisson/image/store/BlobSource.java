package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import org.caisson.image.oci.Descriptor;

/** Where blobs come from: a registry, a layout, an archive. Called by several threads. */
@FunctionalInterface
public interface BlobSource {
    /** The bytes of a blob. They are checked by who reads them. */
    InputStream open(Descriptor blob) throws IOException;
}
