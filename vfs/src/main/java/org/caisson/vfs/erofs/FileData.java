package org.caisson.vfs.erofs;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;

/** The bytes of a file. */
final class FileData {
    private FileData() {}

    /**
     * Copies bytes of a file from an offset on; as many as there are, if not all are wanted.
     *
     * @return how many, 0 at the end of the file
     */
    static long read(ErofsInode inode, MemorySegment target, long at, long length, long offset) throws ErrnoException {
        long count = Math.min(length, inode.size() - offset);
        if (count <= 0) {
            return 0;
        }
        Extent extent = new Extent();
        long done = 0;
        while (done < count) {
            try {
                inode.locate(offset + done, extent);
            } catch (ErrnoException e) {
                if (done > 0) {
                    return done;
                }
                throw e;
            }
            long piece = Math.min(extent.length(), count - done);
            MemorySegment source = extent.source();
            if (source == null) {
                target.asSlice(at + done, piece).fill((byte) 0);
            } else {
                if (!arrived(inode, source, extent.position(), piece, done)) {
                    return done;
                }
                MemorySegment.copy(source, extent.position(), target, at + done, piece);
            }
            done += piece;
        }
        return done;
    }

    /** False if it cannot be had, but something before it could. */
    private static boolean arrived(ErofsInode inode, MemorySegment source, long position, long length, long done)
            throws ErrnoException {
        try {
            inode.image().await(source, position, length);
            return true;
        } catch (ErrnoException e) {
            if (done > 0) {
                return false;
            }
            throw e;
        }
    }
}
