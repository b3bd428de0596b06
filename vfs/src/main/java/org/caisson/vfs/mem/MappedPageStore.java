package org.caisson.vfs.mem;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.MappedMemory;
import org.caisson.linux.MemFd;
import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/**
 * A {@link PageStore} in mapped regions: of anonymous memory, or of a memfd whose pages others can map as well.
 *
 * <p>A bit a page says which are taken. The lowest free one of a region is taken first, so that what is written in one go tends to lie
 * in one piece.
 */
public final class MappedPageStore implements PageStore {
    private static final int REGION_BITS = 14;
    private static final int REGION_PAGES = 1 << REGION_BITS;
    private static final long REGION_SIZE = (long) REGION_PAGES * PAGE_SIZE;
    private static final int MOST_REGIONS = 1 << (31 - REGION_BITS);

    /** So many freed pages may stay in memory for reuse before whole words of them are given back. */
    private static final int IDLE = 8192;

    private static final long WORD_SIZE = (long) Long.SIZE * PAGE_SIZE;

    private final Arena arena = Arena.ofAuto();
    private final @Nullable OwnedFd file;

    /** Replaced as a whole under the monitor; the first {@link #count} are there. */
    private volatile Region[] regions = new Region[0];

    // Under the monitor.
    private int count;
    /** No region before this one has a free page. */
    private int firstFree;

    private long used;
    private long idle;
    private boolean closed;

    /** One mapping and which of its pages are taken. The bits are under the monitor of the store. */
    private static final class Region {
        final MemorySegment memory;
        final long[] taken = new long[REGION_PAGES / Long.SIZE];

        /** A bit for each word of {@link #taken} that is not full. */
        final long[] open = new long[REGION_PAGES / Long.SIZE / Long.SIZE];

        /** Pages from here on were never taken, and so are zeros. */
        int fresh;

        Region(MemorySegment memory) {
            this.memory = memory;
            Arrays.fill(open, -1L);
        }

        int take() {
            for (int i = 0; i < open.length; i++) {
                if (open[i] != 0) {
                    int word = i * Long.SIZE + Long.numberOfTrailingZeros(open[i]);
                    long free = ~taken[word];
                    taken[word] |= Long.lowestOneBit(free);
                    if (taken[word] == -1L) {
                        open[i] &= ~(1L << word);
                    }
                    return word * Long.SIZE + Long.numberOfTrailingZeros(free);
                }
            }
            return -1;
        }

        void give(int slot) {
            int word = slot / Long.SIZE;
            if ((taken[word] >>> slot & 1) == 0) {
                throw new IllegalStateException("a page was freed twice");
            }
            taken[word] &= ~(1L << slot);
            open[word / Long.SIZE] |= 1L << word;
        }
    }

    private MappedPageStore(@Nullable OwnedFd file) {
        this.file = file;
    }

    /** Pages in anonymous memory. */
    public static MappedPageStore anonymous() {
        return new MappedPageStore(null);
    }

    /** Pages in a memfd of this name, which the store owns. EMFILE, ENFILE, ENOMEM. */
    public static MappedPageStore ofMemFd(String name) throws ErrnoException {
        return new MappedPageStore(MemFd.create(name));
    }

    @Override
    public int allocate(boolean zeros) throws ErrnoException {
        int page;
        boolean clean;
        synchronized (this) {
            page = take();
            Region region = regions[page >>> REGION_BITS];
            int slot = page & (REGION_PAGES - 1);
            clean = slot >= region.fresh;
            if (clean) {
                region.fresh = slot + 1;
            } else {
                idle--;
            }
            used++;
        }
        if (zeros && !clean) {
            region(page).asSlice(offset(page), PAGE_SIZE).fill((byte) 0);
        }
        return page;
    }

    private int take() throws ErrnoException {
        if (closed) {
            throw Errno.EIO.exception();
        }
        while (true) {
            for (; firstFree < count; firstFree++) {
                int slot = regions[firstFree].take();
                if (slot >= 0) {
                    return firstFree << REGION_BITS | slot;
                }
            }
            grow();
        }
    }

    private void grow() throws ErrnoException {
        if (count == MOST_REGIONS) {
            throw Errno.ENOSPC.exception();
        }
        OwnedFd fd = file;
        MemorySegment memory;
        if (fd == null) {
            memory = MappedMemory.anonymous(arena, REGION_SIZE);
        } else {
            long offset = count * REGION_SIZE;
            FileCalls.ftruncate(fd.number(), offset + REGION_SIZE);
            memory = MappedMemory.shared(arena, fd.number(), offset, REGION_SIZE);
        }
        Region region = new Region(memory);
        if (count == 0) {
            // Page 0 means that there is none.
            region.take();
            region.fresh = 1;
        }
        Region[] more = Arrays.copyOf(regions, count + 1);
        more[count] = region;
        regions = more;
        count++;
    }

    @Override
    public synchronized void free(int page) {
        if (closed) {
            return;
        }
        int number = page >>> REGION_BITS;
        Region region = regions[number];
        int slot = page & (REGION_PAGES - 1);
        region.give(slot);
        firstFree = Math.min(firstFree, number);
        used--;
        idle++;
        int word = slot / Long.SIZE;
        if (idle > IDLE && region.taken[word] == 0) {
            discard(number, word * WORD_SIZE, WORD_SIZE);
            idle = Math.max(0, idle - Long.SIZE);
        }
    }

    private void discard(int region, long offset, long size) {
        OwnedFd fd = file;
        try {
            if (fd == null) {
                MappedMemory.discard(regions[region].memory, offset, size);
            } else {
                MappedMemory.punchHole(fd.number(), region * REGION_SIZE + offset, size);
            }
        } catch (ErrnoException kept) {
            // The memory stays with us, which is no harm: pages are cleared before they are used again.
        }
    }

    @Override
    public MemorySegment region(int page) {
        return regions[page >>> REGION_BITS].memory;
    }

    @Override
    public long offset(int page) {
        return (long) (page & (REGION_PAGES - 1)) * PAGE_SIZE;
    }

    @Override
    public int descriptor() {
        OwnedFd fd = file;
        return fd == null ? -1 : fd.number();
    }

    @Override
    public long fileOffset(int page) {
        return (long) page * PAGE_SIZE;
    }

    @Override
    public synchronized long used() {
        return used;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (int i = 0; i < count; i++) {
            discard(i, 0, REGION_SIZE);
        }
        OwnedFd fd = file;
        if (fd != null) {
            fd.close();
        }
    }
}
