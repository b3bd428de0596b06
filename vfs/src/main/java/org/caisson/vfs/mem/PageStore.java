package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;

/**
 * Where the data of files is: pages of {@link #PAGE_SIZE} bytes off the heap, named by numbers. One store may serve several file systems.
 * Safe for use by several threads; who owns a page sees to it that nobody uses it after {@link #free}.
 */
public interface PageStore extends AutoCloseable {
    /** The size of a page in bytes. */
    int PAGE_SIZE = 4096;

    /**
     * Takes a page.
     *
     * @param zeros whether it must hold zeros; otherwise it holds anything, and the caller overwrites all of it
     * @return its number, above 0
     * @throws ErrnoException ENOMEM or ENOSPC if there is none
     */
    int allocate(boolean zeros) throws ErrnoException;

    /** Gives a page back. */
    void free(int page);

    /** The memory that a page is in, together with others whose numbers are next to its own. */
    MemorySegment region(int page);

    /** Where a page begins in its {@link #region}. */
    long offset(int page);

    /** The descriptor of the file that the pages are in, for whoever maps them elsewhere; -1 if there is none. */
    int descriptor();

    /** Where a page is in the file of {@link #descriptor}. */
    long fileOffset(int page);

    /** How many pages are taken. */
    long used();

    /** Gives all memory back to the system. Whoever still reads a page finds zeros. */
    @Override
    void close();
}
