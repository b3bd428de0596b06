package org.caisson.runtime;

import java.io.IOException;
import org.caisson.vfs.FileSystem;
import org.jspecify.annotations.Nullable;

/** Knows the layers of images that the kernel cannot mount itself, as their data have not all come yet. */
@FunctionalInterface
public interface VirtualLayers {
    /** There are none. */
    VirtualLayers NONE = layer -> null;

    /** A layer that the container sees over FUSE. The tree never changes. */
    interface Layer extends AutoCloseable {
        FileSystem fileSystem();

        /** When no container uses it any more. */
        @Override
        void close();
    }

    /** The layer of a name that a specification has; null for a file that the kernel is to mount. */
    @Nullable
    Layer open(String layer) throws IOException;

    /** All layers of the container have been opened. */
    default void mounted() {}
}
