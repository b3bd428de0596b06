package org.caisson.vfs.host;

/**
 * An open file whose data is that of an open file of the host, so that a door may move data to and from it without this file system, as the
 * kernel does for FUSE's passthrough.
 */
public interface BackedByHostFile {
    /**
     * Says that data goes past this file system until the description is released: its attributes are not remembered.
     *
     * @return the host's descriptor, which stays the description's and open for as long as that
     */
    int bypass();
}
