package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import org.caisson.image.oci.ImageFormatException;

/** Makes of a layer's plain tar archive the file that it is used from. The same archive gives the same bytes. */
public interface LayerConverter {
    /** The name and version of what it makes, as part of a path: another version makes another file. */
    String format();

    /**
     * Writes the file, which does not exist yet, and beside it, if there is more to tell, one of the same name and {@code .files}. The
     * archive need not be read to its end, nor a file be synchronized.
     *
     * @throws org.caisson.image.oci.ImageFormatException if the archive is no layer
     */
    void convert(InputStream tar, Path file) throws IOException;

    /**
     * Takes over a layer that came as an EROFS image, which somebody else made: writes the files of {@link #convert}, if it can be used.
     *
     * @param image the plain image
     * @throws org.caisson.image.oci.ImageFormatException if it cannot, or such layers are not taken
     */
    default void adopt(InputStream image, Path file) throws IOException {
        throw new ImageFormatException("layers that are EROFS images are not taken here");
    }

    /**
     * Whether a layer that was converted can only be used merged with those below it, as it has names of files that they have: so it cannot
     * be the lowest, nor be laid over others by somebody else.
     */
    default boolean needsLower(Path layer) throws IOException {
        return false;
    }

    /** The name and version of what {@link #merge} makes; empty if layers are not merged. */
    default String mergedFormat() {
        return "";
    }

    /**
     * Writes a file that shows several converted layers as one tree, and whose data stays in them: it is used together with them, each
     * once, in the order in which they are here. The same layers give the same bytes.
     *
     * @param layers the lowest first
     * @param file does not exist yet
     */
    default void merge(List<Path> layers, Path file) throws IOException {
        throw new UnsupportedOperationException("layers of the format " + format() + " are not merged");
    }
}
