package org.caisson.nio;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.caisson.linux.MemFd;
import org.caisson.linux.OwnedFd;

/** Copies a region of a file into memory that takes the place of a mapping. */
final class MappedCopy {
    private MappedCopy() {}

    /** A MappedByteBuffer can only be had of a file of the kernel's: a memfd. */
    static MappedByteBuffer ofBuffer(OpenFile file, MapMode mode, long position, int size) throws IOException {
        file.extend(position + size);
        try (OwnedFd fd = MemFd.create("caisson-map");
                FileChannel memory = FileChannel.open(
                        Path.of("/proc/self/fd/" + fd.number()), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MappedByteBuffer map = memory.map(MapMode.READ_WRITE, 0, size);
            file.readFully(MemorySegment.ofBuffer(map), position);
            return mode == MapMode.READ_ONLY ? (MappedByteBuffer) map.asReadOnlyBuffer() : map;
        }
    }

    static MemorySegment ofSegment(OpenFile file, MapMode mode, long position, long size, Arena arena)
            throws IOException {
        file.extend(position + size);
        MemorySegment copy = arena.allocate(size);
        file.readFully(copy, position);
        return mode == MapMode.READ_ONLY ? copy.asReadOnly() : copy;
    }
}
