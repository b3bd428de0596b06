package org.caisson.image.erofs;

import java.util.SortedMap;
import java.util.TreeMap;
import org.caisson.vfs.Name;

/** What a tar archive says of one member: a mutable struct that its reader uses again. */
final class TarMember {
    /** The type flag; 0 for a regular file of whatever kind. */
    byte type;

    byte[] name = {};
    byte[] target = {};
    int mode;
    long uid;
    long gid;
    long seconds;
    int nanos;
    long major;
    long minor;

    /** How many bytes are in the archive. */
    long stored;

    /** How many bytes the file has. */
    long size;

    SortedMap<Name, byte[]> attributes = new TreeMap<>();

    /** Of a sparse file, where its pieces begin and how long they are, one after the other. */
    LongColumn pieces = new LongColumn();

    int pieceCount;
    boolean sparse;

    TarMember() {}
}
