package org.caisson.nio;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;

/** Copies the data of an open file to another through memory. */
final class DataCopy {
    private static final int BUFFER = 128 * 1024;

    private DataCopy() {}

    static void copy(FileDescription from, FileDescription to) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER);
            long count = from.read(buffer);
            while (count > 0) {
                long written = 0;
                while (written < count) {
                    written += to.write(buffer.asSlice(written, count - written));
                }
                count = from.read(buffer);
            }
        }
    }
}
