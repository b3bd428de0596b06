package org.caisson.vfs;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a directory in the order of their cookies, for readers that go on where they were: a cookie stays with its entry for
 * as long as that is in the directory, so that nothing is listed twice, and nothing that stays is left out. Used under the
 * monitor of the directory.
 *
 * <p>Cookies rise; at the end of their range those that became free are used again, as the kernel's {@code simple_offset_add} does.
 * Entries sit in chunks by the upper bits of their cookies, and empty chunks are dropped, so that the memory needed follows the number
 * of entries, not the number of those that came and went.
 */
final class EntryOrder {
    /** The first cookie; 0 and 1 are those of {@code .} and {@code ..}. */
    static final int FIRST = 2;

    private static final int BITS = 6;
    private static final int CHUNK = 1 << BITS;
    private static final int SMALLEST = 4;

    /** The numbers of the chunks, rising; as many as {@link #count}. */
    private int[] numbers = new int[1];

    /** Which slots of each chunk are in use. */
    private long[] occupied = new long[1];

    private @Nullable TreeDentry[][] chunks = new TreeDentry[1][];
    private int count;
    private int next = FIRST;

    /** Gives an entry the next cookie. */
    int add(TreeDentry entry) {
        int cookie = free();
        put(cookie, entry);
        next = cookie == Integer.MAX_VALUE ? FIRST : cookie + 1;
        return cookie;
    }

    /** The cookie at which the search for one for the next entry begins. */
    int next() {
        return next;
    }

    /** Lets cookies begin there. */
    void begin(int first) {
        next = first;
    }

    private int free() {
        int cookie = next;
        for (int wraps = 0; wraps < 2; ) {
            int at = find(cookie >>> BITS);
            if (at < 0) {
                return cookie;
            }
            long unused = ~occupied[at] & (-1L << (cookie & (CHUNK - 1)));
            if (unused != 0) {
                return (cookie & -CHUNK) + Long.numberOfTrailingZeros(unused);
            }
            cookie = (cookie & -CHUNK) + CHUNK;
            if (cookie < 0) {
                cookie = FIRST;
                wraps++;
            }
        }
        throw new IllegalStateException("two thousand million entries in one directory");
    }

    /** Puts another entry at a cookie, which is in use or free. */
    void put(int cookie, TreeDentry entry) {
        int number = cookie >>> BITS;
        int at = find(number);
        if (at < 0) {
            at = insert(~at, number);
        }
        int slot = cookie & (CHUNK - 1);
        @Nullable TreeDentry[] chunk = chunks[at];
        if (slot >= chunk.length) {
            chunk = Arrays.copyOf(chunk, Math.max(2 * chunk.length, Integer.highestOneBit(slot) << 1));
            chunks[at] = chunk;
        }
        chunk[slot] = entry;
        occupied[at] |= 1L << slot;
    }

    private int insert(int at, int number) {
        if (count == numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * count);
            occupied = Arrays.copyOf(occupied, 2 * count);
            chunks = Arrays.copyOf(chunks, 2 * count);
        }
        System.arraycopy(numbers, at, numbers, at + 1, count - at);
        System.arraycopy(occupied, at, occupied, at + 1, count - at);
        System.arraycopy(chunks, at, chunks, at + 1, count - at);
        numbers[at] = number;
        occupied[at] = 0;
        chunks[at] = new TreeDentry[number == 0 ? SMALLEST : CHUNK];
        count++;
        return at;
    }

    /** Frees a cookie that is in use. */
    void remove(int cookie) {
        int at = find(cookie >>> BITS);
        int slot = cookie & (CHUNK - 1);
        chunks[at][slot] = null;
        occupied[at] &= ~(1L << slot);
        if (occupied[at] == 0) {
            count--;
            System.arraycopy(numbers, at + 1, numbers, at, count - at);
            System.arraycopy(occupied, at + 1, occupied, at, count - at);
            System.arraycopy(chunks, at + 1, chunks, at, count - at);
            chunks[count] = null;
        }
    }

    /** The first entry whose cookie is not less; null if there is none. */
    @Nullable
    TreeDentry from(int cookie) {
        int at = find(cookie >>> BITS);
        if (at >= 0) {
            long rest = occupied[at] & (-1L << (cookie & (CHUNK - 1)));
            if (rest != 0) {
                return chunks[at][Long.numberOfTrailingZeros(rest)];
            }
            at++;
        } else {
            at = ~at;
        }
        return at < count ? chunks[at][Long.numberOfTrailingZeros(occupied[at])] : null;
    }

    /** Where a chunk is, or the complement of where it would be; most often it is the last. */
    private int find(int number) {
        if (count == 0 || numbers[count - 1] < number) {
            return ~count;
        }
        return numbers[count - 1] == number ? count - 1 : Arrays.binarySearch(numbers, 0, count, number);
    }
}
