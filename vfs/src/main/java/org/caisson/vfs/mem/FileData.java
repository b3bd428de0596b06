package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.StampedLock;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a file that has or had some, and what snapshots see of them. Readers share the lock, so that no page that they copy from is given to another file
 * meanwhile; what changes pages holds it alone, so that a reader sees each write whole.
 */
final class FileData {
    private static final int PAGE = PageStore.PAGE_SIZE;
    private static final int SHIFT = 12;
    private static final long LAST = Long.MAX_VALUE >>> SHIFT;

    final StampedLock lock = new StampedLock();

    private final Snapshots snapshots;
    private final PageStore store;
    private final SharedPages pages;
    private final Space space;
    private final PageTable table;

    /** Whose owner is charged for the pages, and changes under the lock alone. */
    private final MemFile file;

    /** The number of the first snapshot that sees the data as it is. */
    private int since;

    /** What older snapshots see. */
    private @Nullable DataImage images;

    /** No data yet. */
    FileData(MemFileSystem fileSystem, MemFile file) {
        this(
                fileSystem,
                file,
                new PageTable(fileSystem.sharedPages()),
                fileSystem.snapshots().next());
    }

    /** Data of before the first snapshot, in pages that others may have as well; they are counted already. */
    FileData(MemFileSystem fileSystem, MemFile file, PageTable table) {
        this(fileSystem, file, table, 0);
    }

    private FileData(MemFileSystem fileSystem, MemFile file, PageTable table, int since) {
        this.file = file;
        this.snapshots = fileSystem.snapshots();
        this.pages = fileSystem.sharedPages();
        this.store = pages.store();
        this.space = fileSystem.space();
        this.table = table;
        this.since = since;
    }

    /**
     * What a file held when a snapshot was taken.
     *
     * @param table pages that are the receiver's to give back
     */
    record Past(PageTable table, long size) {}

    /** Data as snapshots of a range of numbers see it. */
    private static final class DataImage extends Image {
        private final FileData data;
        private final Past past;
        private @Nullable DataImage older;

        DataImage(FileData data, Past past, int last) {
            super(data.since, last);
            this.data = data;
            this.past = past;
            this.older = data.images;
        }

        @Override
        void discard() {
            data.discard(this);
        }
    }

    /** Must be called before the data or the size change, with the lock held alone: snapshots go on to see both. */
    void beforeChange(long size) {
        int newest = snapshots.newest();
        if (since <= newest) {
            DataImage image = new DataImage(this, new Past(table.share(), size), newest);
            if (snapshots.keep(image)) {
                images = image;
            } else {
                image.past.table().clear();
            }
            since = snapshots.next();
        }
    }

    /** What a snapshot sees, if the size now is as given; null if there was no data yet. Under the lock, which may be shared. */
    @Nullable
    Past at(int number, long size) {
        if (since <= number) {
            return new Past(table.share(), size);
        }
        DataImage image = images;
        while (image != null && !image.covers(number)) {
            image = image.older;
        }
        return image == null ? null : new Past(image.past.table().share(), image.past.size());
    }

    private void discard(DataImage image) {
        long stamp = lock.writeLock();
        try {
            if (images == image) {
                images = image.older;
            } else {
                DataImage newer = images;
                while (newer != null && newer.older != image) {
                    newer = newer.older;
                }
                if (newer != null) {
                    newer.older = image.older;
                }
            }
            image.past.table().clear();
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Whether snapshots of two numbers see the same data. Under the lock, which may be shared. */
    boolean isSameFor(int snapshot, int later) {
        if (since <= snapshot) {
            return true;
        }
        for (DataImage image = images; image != null; image = image.older) {
            if (image.covers(snapshot)) {
                return image.covers(later);
            }
        }
        return false;
    }

    /** See {@link PageTable#content}. Under the lock, which may be shared. */
    @Nullable
    Object content() {
        return table.content();
    }

    /** Gives back all pages. */
    void clear() {
        space.givePages(table.count(), file.owner());
        table.clear();
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
     * @return how many there was room for; a negated ENOSPC or EDQUOT if there was for none
     */
    long write(Credentials caller, MemorySegment source, long at, long length, long offset) throws ErrnoException {
        long done = 0;
        while (done < length) {
            long index = (offset + done) >>> SHIFT;
            int within = (int) (offset + done) & (PAGE - 1);
            int piece = (int) Math.min(length - done, PAGE - within);
            int page = pageToWrite(caller, index, piece != PAGE);
            if (page < 0) {
                return done == 0 ? page : done;
            }
            MemorySegment.copy(source, at + done, store.region(page), store.offset(page) + within, piece);
            done += piece;
        }
        return done;
    }

    /** The page at an index, which becomes written, all of it unless only {@code partly}; a negated errno if there is no room. */
    private int pageToWrite(Credentials caller, long index, boolean partly) throws ErrnoException {
        int entry = table.get(index);
        if (entry != 0) {
            return pageToWrite(index, entry, partly);
        }
        int page = allocate(caller, partly);
        if (page > 0) {
            table.put(index, page);
        }
        return page;
    }

    /** The same where there is a page. */
    private int pageToWrite(long index, int entry, boolean partly) throws ErrnoException {
        if (!table.owns(index)) {
            return replace(index, entry, partly);
        }
        if (entry > 0) {
            return entry;
        }
        if (partly) {
            clear(-entry, 0, PAGE);
        }
        table.put(index, -entry);
        return -entry;
    }

    /** Puts a page of our own in the place of one that others have as well; it takes no more room. */
    private int replace(long index, int entry, boolean partly) throws ErrnoException {
        int page = store.allocate(partly && entry < 0);
        if (partly && entry > 0) {
            MemorySegment.copy(store.region(entry), store.offset(entry), store.region(page), store.offset(page), PAGE);
        }
        pages.release(Math.abs(table.put(index, page)));
        return page;
    }

    /** A new page, or a negated errno if there is no room. */
    private int allocate(Credentials caller, boolean zeros) throws ErrnoException {
        int outcome = space.takePages(1, file.owner(), caller);
        if (outcome != 0) {
            return outcome;
        }
        try {
            return store.allocate(zeros);
        } catch (ErrnoException failure) {
            space.givePages(1, file.owner());
            throw failure;
        }
    }

    private void clear(int page, int from, int to) {
        store.region(page).asSlice(store.offset(page) + from, to - from).fill((byte) 0);
    }

    /** Makes a hole; the pages at its edges are cleared in part, without becoming written. */
    void punch(long from, long to) throws ErrnoException {
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

    private void clearPart(long index, int from, int to) throws ErrnoException {
        int entry = table.get(index);
        if ((from % PAGE != 0 || to % PAGE != 0) && entry > 0) {
            clear(pageToWrite(index, entry, true), from, to);
        }
    }

    /** Frees everything past a size, and clears what its last page holds past it. */
    void truncate(long size) throws ErrnoException {
        clearPart(size >>> SHIFT, (int) size & (PAGE - 1), PAGE);
        removePages((size + PAGE - 1) >>> SHIFT, LAST + 1);
    }

    private void removePages(long first, long last) {
        long before = table.count();
        table.remove(first, last);
        space.givePages(before - table.count(), file.owner());
    }

    /** Allocates pages for a range, unwritten; all of them, or none if there is no room (ENOSPC, EDQUOT). */
    void allocate(Credentials caller, long from, long to) throws ErrnoException {
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
                    int page = allocate(caller, false);
                    if (page < 0) {
                        throw Errno.of(-page).exception();
                    }
                    table.put(index, -page);
                } else if (entry < 0) {
                    // Only what this call allocates stays unwritten, so that it can be told apart if it is to be
                    // undone.
                    pageToWrite(index, entry, true);
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
