package org.caisson.vfs.differential;

/** What stat(2) told: a mutable struct. */
final class Seen {
    int mode;
    long inode;
    int links;
    int uid;
    int gid;
    long size;
    long blocks;
    long device;
    long accessSeconds;
    long accessNanos;
    long modifySeconds;
    long modifyNanos;
    long changeSeconds;
    long changeNanos;
}
