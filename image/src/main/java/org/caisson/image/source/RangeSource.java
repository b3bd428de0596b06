package org.caisson.image.source;

import java.io.IOException;
import java.io.InputStream;
import org.caisson.image.oci.Descriptor;

/** Where parts of blobs come from. Called by several threads. */
public interface RangeSource {
    /**
     * Exactly so many bytes of a blob, which are checked by nobody.
     *
     * @throws NoRangesException if the place gives only whole blobs
     */
    byte[] range(Descriptor blob, long start, int length) throws IOException;

    /** A blob from a byte on, to its end. */
    InputStream open(Descriptor blob, long from) throws IOException;
}
