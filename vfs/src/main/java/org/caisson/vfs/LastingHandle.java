package org.caisson.vfs;

/** What the host's kernel finds a file by for as long as it exists, through any mount. */
public final class LastingHandle {
    private final byte[] fileSystem;
    private final byte[] file;

    /**
     * Takes both over.
     *
     * @param fileSystem the UUID of the file system; zeros if this has none
     * @param file a {@code struct file_handle}, see name_to_handle_at(2)
     */
    public LastingHandle(byte[] fileSystem, byte[] file) {
        this.fileSystem = fileSystem;
        this.file = file;
    }

    /** The UUID of the file system, not to be changed. */
    public byte[] fileSystem() {
        return fileSystem;
    }

    /** The {@code struct file_handle}, not to be changed. */
    public byte[] file() {
        return file;
    }
}
