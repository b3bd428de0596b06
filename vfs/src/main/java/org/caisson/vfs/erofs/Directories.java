package org.caisson.vfs.erofs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.Name;

/** Finds and lists the entries of directories in their blocks. */
final class Directories {
    /** What {@link #find} answers if there is no such name: no inode is there, for nids are not negative. */
    static final long NONE = -1;

    private Directories() {}

    /** The nid that a name stands for: binary search among the first names of the blocks, then in one block. */
    static long find(ErofsInode directory, Name name) throws ErrnoException {
        DirectoryBlock block = new DirectoryBlock();
        long low = 0;
        long high = DirectoryBlock.countOf(directory) - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            block.view(directory, middle);
            int order = block.compare(name, 0);
            if (order == 0) {
                return checked(block.nid(0));
            }
            if (order < 0) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        if (high < 0) {
            return NONE;
        }
        if (high != low) {
            block.view(directory, high);
        }
        return findIn(block, name);
    }

    private static long findIn(DirectoryBlock block, Name name) throws ErrnoException {
        int low = 1;
        int high = block.count() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = block.compare(name, middle);
            if (order == 0) {
                return checked(block.nid(middle));
            }
            if (order < 0) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        return NONE;
    }

    private static long checked(long nid) throws ErrnoException {
        if (nid < 0) {
            throw Errno.EUCLEAN.exception();
        }
        return nid;
    }

    /** Lists from a cookie on, which is the place of an entry in the directory, in bytes, as the kernel has it. */
    static void list(ErofsInode directory, long cookie, DirectorySink sink) throws ErrnoException {
        int blockSize = directory.image().blockSize();
        DirectoryBlock block = new DirectoryBlock();
        long offset = cookie;
        while (offset < directory.size()) {
            long number = offset / blockSize;
            long start = number * blockSize;
            block.view(directory, number);
            int index = (int) ((offset - start + ErofsLayout.DIRENT_SIZE - 1) / ErofsLayout.DIRENT_SIZE);
            long end = Math.min(start + blockSize, directory.size());
            for (int i = index; i < block.count(); i++) {
                long next = i + 1 < block.count() ? start + (i + 1L) * ErofsLayout.DIRENT_SIZE : end;
                if (!sink.entry(block.name(i), block.nid(i), block.type(i), next)) {
                    return;
                }
            }
            offset = end;
        }
    }
}
