package org.caisson.vfs.erofs;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Where a piece of a file's data is: a mutable struct that callers reuse. */
final class Extent {
    /** The file that it is in; null for a hole. */
    private @Nullable MemorySegment source;

    private long position;
    private long length;

    Extent() {}

    void set(MemorySegment from, long at, long count) {
        source = from;
        position = at;
        length = count;
    }

    void setHole(long count) {
        source = null;
        position = 0;
        length = count;
    }

    @Nullable
    MemorySegment source() {
        return source;
    }

    long position() {
        return position;
    }

    /** How many bytes it has, at least one. */
    long length() {
        return length;
    }
}
