package org.caisson.runtime.spec;

import java.util.List;

/**
 * An EROFS image in a file.
 *
 * @param path the file
 * @param devices further files that it has data in, in the order of its table
 */
public record ImageFile(String path, List<String> devices) {
    /** Copies the list. */
    public ImageFile {
        devices = List.copyOf(devices);
    }

    /** One that has all of its data itself. */
    public ImageFile(String path) {
        this(path, List.of());
    }
}
