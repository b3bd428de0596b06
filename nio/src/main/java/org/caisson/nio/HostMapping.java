package org.caisson.nio;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.host.BackedByHostFile;
import org.jspecify.annotations.Nullable;

/**
 * Maps a region of a file of the host itself. What is written to a shared mapping goes past the virtual file system, which is told so, and
 * the file stays open for as long as the mapping may be used.
 */
final class HostMapping {
    private static final Cleaner CLEANER = Cleaner.create();

    private HostMapping() {}

    /** Null if the file is none of the host's. */
    static @Nullable MappedByteBuffer ofBuffer(OpenFile file, MapMode mode, long position, int size)
            throws IOException {
        BackedByHostFile host = file.hostFile();
        if (host == null) {
            return null;
        }
        file.extend(position + size);
        try (FileChannel channel = open(host, mode)) {
            MappedByteBuffer map = channel.map(mode, position, size);
            keep(file, host, mode, map);
            return map;
        }
    }

    /** Null if the file is none of the host's. */
    static @Nullable MemorySegment ofSegment(OpenFile file, MapMode mode, long position, long size, Arena arena)
            throws IOException {
        BackedByHostFile host = file.hostFile();
        if (host == null) {
            return null;
        }
        file.extend(position + size);
        try (FileChannel channel = open(host, mode)) {
            MemorySegment map = channel.map(mode, position, size, arena);
            keep(file, host, mode, map.scope());
            return map;
        }
    }

    private static void keep(OpenFile file, BackedByHostFile host, MapMode mode, Object mapping) {
        if (mode == MapMode.READ_WRITE) {
            host.bypass();
            FileDescription open = file.duplicate();
            CLEANER.register(mapping, open::release);
        }
    }

    private static FileChannel open(BackedByHostFile host, MapMode mode) throws IOException {
        Path path = Path.of("/proc/self/fd/" + host.descriptor());
        return mode != MapMode.READ_ONLY
                ? FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)
                : FileChannel.open(path, StandardOpenOption.READ);
    }
}
