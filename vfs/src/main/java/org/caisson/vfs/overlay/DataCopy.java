package org.caisson.vfs.overlay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;

/** Copies the data of a file and leaves holes holes, without moving bytes where the file systems can share them. */
final class DataCopy {
    private static final long CHUNK = 256 * 1024;

    /** Below this a file is not searched for holes. */
    private static final long SMALL = 64 * 1024;

    private DataCopy() {}

    /** Copies the first {@code length} bytes, to the same offsets. The target ends with the last data, which may be before. */
    static void copy(FileDescription source, FileDescription target, long length) throws ErrnoException {
        if (length <= SMALL) {
            copyStretch(source, target, 0, length);
            return;
        }
        long at = 0;
        while (at < length) {
            long start = next(source, at, FileDescription.SEEK_DATA, length);
            if (start >= length) {
                return;
            }
            long end = Math.min(length, next(source, start, FileDescription.SEEK_HOLE, length));
            copyStretch(source, target, start, end);
            at = end;
        }
    }

    private static long next(FileDescription source, long from, int whence, long length) throws ErrnoException {
        try {
            return source.seek(from, whence);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENXIO) {
                return length;
            }
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.ESPIPE) {
                // It does not tell: all is data.
                return whence == FileDescription.SEEK_DATA ? from : length;
            }
            throw e;
        }
    }

    private static void copyStretch(FileDescription source, FileDescription target, long from, long to)
            throws ErrnoException {
        long at = share(source, target, from, to);
        if (at >= to) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.min(CHUNK, to - at));
            while (at < to) {
                long count = source.read(buffer, 0, Math.min(buffer.byteSize(), to - at), at);
                if (count == 0) {
                    return;
                }
                for (long done = 0; done < count; ) {
                    done += target.write(buffer, done, count - done, at + done);
                }
                at += count;
            }
        }
    }

    /** Copies by copy_file_range(2) as far as that goes; returns up to where. */
    private static long share(FileDescription source, FileDescription target, long from, long to)
            throws ErrnoException {
        long at = from;
        try {
            while (at < to) {
                long count = source.copyRange(at, target, at, to - at, 0);
                if (count == 0) {
                    return at;
                }
                at += count;
            }
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT || e.errno() == Errno.EIO) {
                throw e;
            }
        }
        return at;
    }
}
