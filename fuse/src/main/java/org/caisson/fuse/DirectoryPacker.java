package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.fuse.protocol.FuseDirent;
import org.caisson.fuse.protocol.FuseEntryOut;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.Name;

/** Packs directory entries into the payload of a reply, for READDIR or (with room for the node before each) READDIRPLUS. */
final class DirectoryPacker implements DirectorySink {
    private final MemorySegment out;
    private int position;
    private int limit;
    private int prefix;
    private boolean full;

    DirectoryPacker(MemorySegment out) {
        this.out = out;
    }

    /** Starts a reply of at most {@code size} bytes of payload. */
    void begin(int size, boolean plus) {
        position = Exchange.PAYLOAD;
        limit = Exchange.PAYLOAD + size;
        prefix = plus ? FuseEntryOut.SIZE : 0;
        full = false;
    }

    @Override
    public boolean entry(Name name, long inode, int type, long nextCookie) {
        int length = name.length();
        int size = recordSize(length);
        if (size > limit - position) {
            full = true;
            return false;
        }
        int at = position;
        // The kernel takes inode 0 as "no entry", and reads no field of a node that is absent but its number.
        if (prefix != 0) {
            FuseEntryOut.nodeid(out, at, 0);
            at += prefix;
        }
        FuseDirent.ino(out, at, inode);
        FuseDirent.off(out, at, nextCookie);
        FuseDirent.namelen(out, at, length);
        FuseDirent.type(out, at, type);
        position += size;
        // A name has a byte at least: these are its last eight, and what it does not fill of them is zero.
        out.set(ValueLayout.JAVA_LONG_UNALIGNED, position - Long.BYTES, 0);
        name.copyTo(out, at + FuseDirent.SIZE);
        return true;
    }

    /** How many bytes one entry takes. */
    int recordSize(int nameLength) {
        return (prefix + FuseDirent.SIZE + nameLength + 7) & -8;
    }

    /** Whether there are more entries than there was room for. */
    boolean isFull() {
        return full;
    }

    /** The length of the payload so far. */
    int length() {
        return position - Exchange.PAYLOAD;
    }
}
