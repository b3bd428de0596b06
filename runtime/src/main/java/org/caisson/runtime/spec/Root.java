package org.caisson.runtime.spec;

import java.util.List;

/**
 * {@code root}: the directory that becomes the container's root.
 *
 * @param path relative paths start at the bundle
 * @param readonly nobody in the container can write to it
 * @param host a view of the host's root beneath a memory layer, whatever the path; no JSON can ask for that
 * @param layers EROFS images, the uppermost first, that are the root beneath a memory layer, whatever the path; no JSON can ask
 *     for that
 */
public record Root(String path, boolean readonly, boolean host, List<ImageFile> layers) {
    /** Copies the list. */
    public Root {
        layers = List.copyOf(layers);
    }

    /** A directory of the container's own. */
    public Root(String path, boolean readonly) {
        this(path, readonly, false, List.of());
    }

    /** Whether it is put together from the layers of an image. */
    public boolean layered() {
        return !layers.isEmpty();
    }
}
