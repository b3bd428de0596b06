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

/**
 * Copies a region of a file into memory that takes the place of a mapping. It is a mapping itself, of a memfd: of nothing else can a
 * MappedByteBuffer be had, nor a segment of an arena that does not allocate.
 */
final class MappedCopy {
    private static final String NAME = "caisson-map";

    private MappedCopy() {}

    static MappedByteBuffer ofBuffer(OpenFile file, MapMode mode, long position, int size) throws IOException {
        file.extend(position + size);
        try (OwnedFd fd = MemFd.create(NAME);
                FileChannel memory = open(fd)) {
            MappedByteBuffer map = memory.map(MapMode.READ_WRITE, 0, size);
            file.readFully(MemorySegment.ofBuffer(map), position);
            return mode == MapMode.READ_ONLY ? (MappedByteBuffer) map.asReadOnlyBuffer() : map;
        }
    }

    static MemorySegment ofSegment(OpenFile file, MapMode mode, long position, long size, Arena arena)
            throws IOException {
        file.extend(position + size);
        try (OwnedFd fd = MemFd.create(NAME);
                FileChannel memory = open(fd)) {
            MemorySegment map = memory.map(MapMode.READ_WRITE, 0, size, arena);
            file.readFully(map, position);
            return mode == MapMode.READ_ONLY ? map.asReadOnly() : map;
        }
    }

    private static FileChannel open(OwnedFd fd) throws IOException {
        Path path = Path.of("/proc/self/fd/" + fd.number());
        return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
}
