package org.caisson.image.store;

import java.nio.file.Path;
import java.util.List;

/**
 * All layers of an image as one file system: the file with all of its metadata, and those that its data is in.
 *
 * @param file the metadata; the only layer itself if an image has one
 * @param devices the layers, in the order in which the file has them in its table; nothing for an only layer
 */
public record MergedLayers(Path file, List<Path> devices) {
    /** Copies the list. */
    public MergedLayers {
        devices = List.copyOf(devices);
    }
}
