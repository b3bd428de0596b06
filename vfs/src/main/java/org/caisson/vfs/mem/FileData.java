package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.StampedLock;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/**
 * The pages of a file that has or had some. Readers share the lock, so that no page that they copy from is given to another file
 * meanwhile; what changes pages holds it alone, so that a reader sees each write whole.
 */
final class FileData {
    private static final int PAGE = PageStore.PAGE_SIZE;
    private static final int SHIFT = 12;
    private static final long LAST = Long.MAX_VALUE >>> SHIFT;

    final StampedLock lock = new StampedLock();

    private final PageStore store;
    private final Space space;
    private final PageTable table = new PageTable();

    FileData(PageStore store, Space space) {
        this.store = store;
        this.space = space;
    }

    /** How many pages there are; may be asked without the lock, and is then of a moment ago. */
    long pages() {
        return table.count();
    }

    /** Copies bytes out, zeros for holes; pages that lie next to each other go in one piece. */
    void read(MemorySegment target, long at, long length, long offset) {
        long done = 0;
        while (done < length) {
            long index = (offset + done) >>> SHIFT;
            int within = (int) (offset + done) & (PAGE - 1);
            int entry = table.get(index);
            long piece = Math.min(length - done, PAGE - within);
            if (entry <= 0) {
                target.asSlice(at + done, piece).fill((byte) 0);
            } else {
                int next = entry;
                while (done + piece < length && table.get(++index) == next + 1 && isNeighbour(next)) {
                    next++;
                    piece += Math.min(length - done - piece, PAGE);
                }
                MemorySegment.copy(store.region(entry), store.offset(entry) + within, target, at + done, piece);
            }
            done += piece;
        }
    }

    private boolean isNeighbour(int page) {
        return store.offset(page) + PAGE == store.offset(page + 1);
    }

    /**
     * Copies bytes in.
     *
     * @return how many there was room for; less than asked for with ENOSPC only
     */
    long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        long done = 0;
        while (done < length) {
            long index = (offset + done) >>> SHIFT;
            int within = (int) (offset + done) & (PAGE - 1);
            int piece = (int) Math.min(length - done, PAGE - within);
            int page = pageToWrite(index, piece != PAGE);
            if (page == 0) {
                break;
            }
            MemorySegment.copy(source, at + done, store.region(page), store.offset(page) + within, piece);
            done += piece;
        }
        return done;
    }

    /** The page at an index, which becomes written; 0 if there is no room. */
    private int pageToWrite(long index, boolean zeros) throws ErrnoException {
        int entry = table.get(index);
        if (entry > 0) {
            return entry;
        }
        int page;
        if (entry < 0) {
            page = -entry;
            if (zeros) {
                clear(page, 0, PAGE);
            }
        } else {
            page = allocate(zeros);
            if (page == 0) {
                return 0;
            }
        }
        table.put(index, page);
        return page;
    }

    private int allocate(boolean zeros) throws ErrnoException {
        if (!space.takePages(1)) {
            return 0;
        }
        try {
            return store.allocate(zeros);
        } catch (ErrnoException failure) {
            space.givePages(1);
            throw failure;
        }
    }

    private void clear(int page, int from, int to) {
        store.region(page).asSlice(store.offset(page) + from, to - from).fill((byte) 0);
    }

    /** Makes a hole; the pages at its edges are cleared in part, without becoming written. */
    void punch(long from, long to) {
        long first = (from + PAGE - 1) >>> SHIFT;
        long last = to >>> SHIFT;
        if (first > last) {
            clearPart(last, (int) from & (PAGE - 1), (int) to & (PAGE - 1));
            return;
        }
        clearPart(first - 1, (int) from & (PAGE - 1), PAGE);
        removePages(first, last);
        clearPart(last, 0, (int) to & (PAGE - 1));
    }

    private void clearPart(long index, int from, int to) {
        if (from % PAGE != 0 || to % PAGE != 0) {
            int entry = table.get(index);
            if (entry > 0) {
                clear(entry, from, to);
            }
        }
    }

    /** Frees everything past a size, and clears what its last page holds past it. */
    void truncate(long size) {
        clearPart(size >>> SHIFT, (int) size & (PAGE - 1), PAGE);
        removePages((size + PAGE - 1) >>> SHIFT, LAST + 1);
    }

    private void removePages(long first, long last) {
        long before = table.count();
        table.remove(first, last, entry -> store.free(Math.abs(entry)));
        space.givePages(before - table.count());
    }

    /** Allocates pages for a range, unwritten; all of them, or none if there is no room (ENOSPC). */
    void allocate(long from, long to) throws ErrnoException {
        long first = from >>> SHIFT;
        long last = (to + PAGE - 1) >>> SHIFT;
        if (space.maxPages() != 0 && last - first > space.maxPages()) {
            throw Errno.ENOSPC.exception();
        }
        long index = first;
        boolean complete = false;
        try {
            for (; index < last; index++) {
                int entry = table.get(index);
                if (entry == 0) {
                    int page = allocate(false);
                    if (page == 0) {
                        throw Errno.ENOSPC.exception();
                    }
                    table.put(index, -page);
                } else if (entry < 0) {
                    // Only what this call allocates stays unwritten, so that it can be told apart if it is to be
                    // undone.
                    clear(-entry, 0, PAGE);
                    table.put(index, -entry);
                }
            }
            complete = true;
        } finally {
            if (!complete) {
                undo(first, index);
            }
        }
    }

    private void undo(long first, long end) {
        for (long index = first; index < end; index++) {
            if (table.get(index) < 0) {
                removePages(index, index + 1);
            }
        }
    }

    /** The first offset from one on that holds data; -1 if there is none. */
    long nextData(long offset) {
        long index = table.nextWritten(offset >>> SHIFT);
        return index < 0 ? -1 : Math.max(offset, index << SHIFT);
    }

    /** The first offset from one on that is in a hole. */
    long nextHole(long offset) {
        long index = offset >>> SHIFT;
        while (table.get(index) > 0) {
            index++;
        }
        return index > LAST ? Long.MAX_VALUE : Math.max(offset, index << SHIFT);
    }
}
