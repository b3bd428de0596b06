package org.caisson.image.erofs;

/** What of the format an image may use. */
public enum ErofsProfile {
    /**
     * What every reader knows, those that map files of whole blocks among them: no incompatible features, inodes of one size, the data of
     * files in whole blocks. Extended attributes are left out, and sparse files hold their zeros.
     */
    PLAIN,

    /** What the kernel and our own reader know: extended attributes, sparse files, and files smaller than a block behind their inodes. */
    DEFAULT,

    /** As {@link #DEFAULT}, but the data of every file are in blocks of their own, so that they can be filled in later. */
    OUTLINE
}
