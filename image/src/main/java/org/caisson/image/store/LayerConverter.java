package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Makes of a layer's plain tar archive the file that it is used from. The same archive gives the same bytes. */
public interface LayerConverter {
    /** The name and version of what it makes, as part of a path: another version makes another file. */
    String format();

    /**
     * Writes the file, which does not exist yet. The archive need not be read to its end, nor the file be synchronized.
     *
     * @throws org.caisson.image.oci.ImageFormatException if the archive is no layer
     */
    void convert(InputStream tar, Path file) throws IOException;
}
