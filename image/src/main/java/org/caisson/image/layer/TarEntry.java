package org.caisson.image.layer;

import java.util.Collections;
import java.util.SortedMap;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;

/** What is said of an entry of a tar archive: a mutable struct that a writer reuses. */
final class TarEntry {
    static final byte[] NOTHING = {};

    /** Of {@link org.apache.commons.compress.archivers.tar.TarConstants}. */
    byte type;

    byte[] name = NOTHING;
    byte[] target = NOTHING;
    int mode;
    long uid;
    long gid;
    long size;
    long modifySeconds;
    int modifyNanos;
    int major;
    int minor;
    SortedMap<Name, byte[]> attributes = Collections.emptySortedMap();

    /** An entry of a type and a name, of no data, with nothing else said of it. */
    void clear(byte itsType, byte[] itsName) {
        type = itsType;
        name = itsName;
        target = NOTHING;
        mode = 0;
        uid = 0;
        gid = 0;
        size = 0;
        modifySeconds = 0;
        modifyNanos = 0;
        major = 0;
        minor = 0;
        attributes = Collections.emptySortedMap();
    }

    /** Permissions, owner and time of a file. */
    void describe(Stat stat) {
        mode = stat.mode & 07777;
        uid = Integer.toUnsignedLong(stat.uid);
        gid = Integer.toUnsignedLong(stat.gid);
        modifySeconds = stat.modifySeconds;
        modifyNanos = stat.modifyNanos;
    }
}
