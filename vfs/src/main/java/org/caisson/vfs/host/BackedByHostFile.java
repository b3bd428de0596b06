package org.caisson.vfs.host;

/**
 * An open file whose data is that of an open file of the host, so that a door may move data to and from it without this file system, as the
 * kernel does for FUSE's passthrough.
 */
public interface BackedByHostFile {
    /** The host's descriptor, which stays the description's and open until its release. */
    int descriptor();

    /** Says that data goes past this file system until {@link #endBypass} or the release: attributes are not remembered meanwhile. */
    void bypass();

    /** Data goes past this file system no more, as far as this description is concerned. */
    void endBypass();
}
