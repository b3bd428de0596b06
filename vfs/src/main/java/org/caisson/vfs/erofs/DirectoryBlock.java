package org.caisson.vfs.erofs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;

/**
 * One block of a directory: entries of twelve bytes, sorted by their names, and the names behind them ({@code struct erofs_dirent}). A
 * mutable view that callers reuse.
 */
final class DirectoryBlock {
    private final Extent extent = new Extent();
    private MemorySegment bytes = MemorySegment.NULL;
    private long start;
    private int length;
    private int count;

    DirectoryBlock() {}

    /** How many blocks a directory has. */
    static long countOf(ErofsInode directory) {
        long size = directory.size();
        int block = directory.image().blockSize();
        return size / block + (size % block == 0 ? 0 : 1);
    }

    /** Views a block of a directory. EUCLEAN for one that is not whole or has no entry. */
    void view(ErofsInode directory, long number) throws ErrnoException {
        int block = directory.image().blockSize();
        long offset = number * block;
        length = (int) Math.min(block, directory.size() - offset);
        directory.locate(offset, extent);
        MemorySegment source = extent.source();
        if (source == null || extent.length() < length || length < ErofsLayout.DIRENT_SIZE) {
            throw Errno.EUCLEAN.exception();
        }
        bytes = source;
        start = extent.position();
        int names = nameOffset(0);
        if (names < ErofsLayout.DIRENT_SIZE || names >= length) {
            throw Errno.EUCLEAN.exception();
        }
        count = names / ErofsLayout.DIRENT_SIZE;
    }

    /** How many entries it has, at least one. */
    int count() {
        return count;
    }

    private int nameOffset(int index) {
        return bytes.get(ErofsLayout.U16, start + (long) index * ErofsLayout.DIRENT_SIZE + ErofsLayout.DIRENT_NAME)
                & 0xFFFF;
    }

    long nid(int index) {
        return bytes.get(ErofsLayout.U64, start + (long) index * ErofsLayout.DIRENT_SIZE + ErofsLayout.DIRENT_NID);
    }

    /** The {@code d_type} of readdir(3). */
    int type(int index) {
        byte told = bytes.get(
                ValueLayout.JAVA_BYTE, start + (long) index * ErofsLayout.DIRENT_SIZE + ErofsLayout.DIRENT_TYPE);
        return ErofsLayout.readdirType(told & 0xFF);
    }

    /** Where the name of an entry ends; it is checked that it is one. */
    private int nameEnd(int index, int from) throws ErrnoException {
        int end = index + 1 < count ? nameOffset(index + 1) : length;
        if (from < count * ErofsLayout.DIRENT_SIZE || from >= end || end > length) {
            throw Errno.EUCLEAN.exception();
        }
        if (index + 1 == count) {
            end = from;
            while (end < length && bytes.get(ValueLayout.JAVA_BYTE, start + end) != 0) {
                end++;
            }
        }
        if (end == from || end - from > Name.MAX) {
            throw Errno.EUCLEAN.exception();
        }
        return end;
    }

    /** The name of an entry. EUCLEAN for one that no file can have. */
    Name name(int index) throws ErrnoException {
        int from = nameOffset(index);
        Name name = Name.of(bytes, start + from, nameEnd(index, from) - from);
        // Of the copy, a byte costs less to look at than of the image.
        for (int i = 0; i < name.length(); i++) {
            byte one = name.byteAt(i);
            if (one == '/' || one == 0) {
                throw Errno.EUCLEAN.exception();
            }
        }
        return name;
    }

    /** Compares a name with that of an entry, as unsigned bytes. */
    int compare(Name wanted, int index) throws ErrnoException {
        int from = nameOffset(index);
        int there = nameEnd(index, from) - from;
        int common = Math.min(there, wanted.length());
        for (int i = 0; i < common; i++) {
            int order = (wanted.byteAt(i) & 0xFF) - (bytes.get(ValueLayout.JAVA_BYTE, start + from + i) & 0xFF);
            if (order != 0) {
                return order;
            }
        }
        return wanted.length() - there;
    }
}
