package org.caisson.runtime.spec;

import java.util.List;

/**
 * How the layers of an image become a root directory.
 *
 * @param server who serves their files
 * @param storage a directory on disk, in which the container gets a place of its own when it needs one; may be empty if it does not
 * @param disk whether what it writes over the layers is kept there; else in memory
 * @param volumes directories that each container has of its own, filled with what the layers have there, on disk
 */
public record LayerOptions(Server server, String storage, boolean disk, List<String> volumes) {
    /** The kernel where it can, and memory. */
    public static final LayerOptions DEFAULT = new LayerOptions(Server.AUTO, "", false, List.of());

    /** Copies the list. */
    public LayerOptions {
        volumes = List.copyOf(volumes);
        if (storage.isEmpty() && (disk || !volumes.isEmpty())) {
            throw new IllegalArgumentException("what is kept on disk needs a place there");
        }
    }

    /** Whether there is something to keep on disk. */
    public boolean usesDisk() {
        return disk || !volumes.isEmpty();
    }

    /** Who reads EROFS images. */
    public enum Server {
        /** The kernel. */
        HOST,
        /** The container's keeper, over FUSE. */
        FUSE,
        /** The kernel where it can mount them from files, else the keeper. */
        AUTO
    }
}
