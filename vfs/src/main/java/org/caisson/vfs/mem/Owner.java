package org.caisson.vfs.mem;

/** Whom a file counts for. */
record Owner(int user, int group) {
    /** Who mounts. */
    static final Owner ROOT = new Owner(0, 0);
}
