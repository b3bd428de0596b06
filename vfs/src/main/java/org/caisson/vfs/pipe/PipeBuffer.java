package org.caisson.vfs.pipe;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is in a pipe: a ring of slots of up to a page each, as the kernel's {@code pipe_buffer}s. So a pipe is full when its slots are,
 * not when its bytes are. Guarded by the monitor of the {@link Pipe}.
 *
 * <p>The page of a slot is kept when the slot was emptied, for what comes next.
 */
final class PipeBuffer {
    static final int PAGE = 4096;
    static final int DEFAULT_SLOTS = 16;

    private @Nullable MemorySegment[] pages = new @Nullable MemorySegment[DEFAULT_SLOTS];
    private int[] starts = new int[DEFAULT_SLOTS];
    private int[] lengths = new int[DEFAULT_SLOTS];

    /** Slots that are read one at a time, and to which nothing is added (O_DIRECT). */
    private boolean[] packets = new boolean[DEFAULT_SLOTS];

    /** The first filled slot, and how many are filled. */
    private int first;

    private int filled;
    private long bytes;

    int slots() {
        return pages.length;
    }

    boolean isEmpty() {
        return filled == 0;
    }

    boolean isFull() {
        return filled == pages.length;
    }

    /** FIONREAD */
    long bytes() {
        return bytes;
    }

    /** Gives it another number of slots, a power of two; false if more are filled. */
    boolean resize(int slots) {
        if (slots < filled) {
            return false;
        }
        @Nullable MemorySegment[] newPages = new @Nullable MemorySegment[slots];
        int[] newStarts = new int[slots];
        int[] newLengths = new int[slots];
        boolean[] newPackets = new boolean[slots];
        for (int i = 0; i < filled; i++) {
            int slot = slot(i);
            newPages[i] = pages[slot];
            newStarts[i] = starts[slot];
            newLengths[i] = lengths[slot];
            newPackets[i] = packets[slot];
        }
        pages = newPages;
        starts = newStarts;
        lengths = newLengths;
        packets = newPackets;
        first = 0;
        return true;
    }

    /** Forgets all, its size too. */
    void reset() {
        if (pages.length != DEFAULT_SLOTS) {
            filled = 0;
            resize(DEFAULT_SLOTS);
        }
        Arrays.fill(pages, null);
        first = 0;
        filled = 0;
        bytes = 0;
    }

    /**
     * Adds the part of a write beyond whole pages to the last slot, if that has room for all of it: so small writes share pages, and the
     * rest of a large one begins on a page.
     */
    void merge(Transfer source) {
        int length = (int) (source.left() & (PAGE - 1));
        if (length == 0 || filled == 0) {
            return;
        }
        int slot = slot(filled - 1);
        int end = starts[slot] + lengths[slot];
        if (packets[slot] || end + length > PAGE) {
            return;
        }
        source.copyTo(page(slot), end, length);
        lengths[slot] += length;
        bytes += length;
    }

    /** Fills one more slot, of which there is one. */
    void append(Transfer source, boolean packet) {
        int slot = slot(filled);
        int length = (int) Math.min(PAGE, source.left());
        source.copyTo(page(slot), 0, length);
        starts[slot] = 0;
        lengths[slot] = length;
        packets[slot] = packet;
        filled++;
        bytes += length;
    }

    /** Moves from the first slot what the target has room for; whether more may be moved. */
    boolean take(Transfer target) {
        int slot = first;
        int length = (int) Math.min(lengths[slot], target.left());
        target.copyFrom(page(slot), starts[slot], length);
        boolean packet = packets[slot];
        // What a packet has beyond the target is lost.
        int used = packet ? lengths[slot] : length;
        starts[slot] += used;
        lengths[slot] -= used;
        bytes -= used;
        if (lengths[slot] == 0) {
            first = slot(1);
            filled--;
        }
        return !packet && target.left() > 0 && filled > 0;
    }

    private int slot(int index) {
        return (first + index) & (pages.length - 1);
    }

    private MemorySegment page(int slot) {
        MemorySegment page = pages[slot];
        if (page == null) {
            page = MemorySegment.ofArray(new byte[PAGE]);
            pages[slot] = page;
        }
        return page;
    }
}
