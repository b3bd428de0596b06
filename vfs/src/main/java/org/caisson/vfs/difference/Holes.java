package org.caisson.vfs.difference;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileDescription;

/** Where the data of sparse files are. */
final class Holes {
    private Holes() {}

    /** Where the first data are from an offset on; the size of the file if there are none. Moves the position. */
    static long nextData(FileDescription file, long offset, long size) throws ErrnoException {
        try {
            return Math.min(size, file.seek(offset, FileDescription.SEEK_DATA));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENXIO) {
                return size;
            }
            if (e.errno() == Errno.EINVAL || e.errno() == Errno.ESPIPE) {
                // This file system does not know of holes.
                return offset;
            }
            throw e;
        }
    }
}
