package org.caisson.image.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Manifest;

/** The files of a layout or an archive by their paths. */
interface SourceFiles extends Closeable {
    boolean has(String path) throws IOException;

    InputStream open(String path) throws IOException;

    /** The whole of a short file. */
    default byte[] document(String path) throws IOException {
        try (InputStream in = open(path)) {
            byte[] content = in.readNBytes(Manifest.MOST_BYTES + 1);
            if (content.length > Manifest.MOST_BYTES) {
                throw new ImageFormatException(path + " is longer than " + Manifest.MOST_BYTES + " bytes");
            }
            return content;
        }
    }
}
