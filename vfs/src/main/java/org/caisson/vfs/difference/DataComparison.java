package org.caisson.vfs.difference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;

/** Compares the content of files. */
final class DataComparison implements AutoCloseable {
    private static final long PIECE = 256 * 1024;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocate(PIECE, 4096);
    private final MemorySegment other = arena.allocate(PIECE, 4096);

    /** Whether two files of one size have the same content. What is a hole in both is not read. */
    boolean areEqual(FileDescription first, FileDescription second, long size) throws ErrnoException {
        long offset = 0;
        while (offset < size) {
            long data = Math.min(Holes.nextData(first, offset, size), Holes.nextData(second, offset, size));
            if (data >= size) {
                return true;
            }
            long end = Math.min(size, data + PIECE);
            for (offset = data; offset < end; ) {
                long count = fill(first, one, offset, end - offset);
                long otherCount = fill(second, other, offset, end - offset);
                if (count != otherCount || MemorySegment.mismatch(one, 0, count, other, 0, count) >= 0) {
                    return false;
                }
                if (count == 0) {
                    // Both were cut off meanwhile.
                    return true;
                }
                offset += count;
            }
        }
        return true;
    }

    private static long fill(FileDescription file, MemorySegment target, long offset, long length)
            throws ErrnoException {
        long total = 0;
        while (total < length) {
            long count = file.read(target, total, length - total, offset + total);
            if (count == 0) {
                break;
            }
            total += count;
        }
        return total;
    }

    @Override
    public void close() {
        arena.close();
    }
}
