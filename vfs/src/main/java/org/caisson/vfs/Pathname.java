package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.caisson.linux.Errno;

/**
 * The bytes of a path and the component that a walk stands at. A slash is thought to be at the end of the path, so that each
 * component ends in one. What a component is compared by are its words, see {@link Name}.
 */
abstract sealed class Pathname permits ResolvingPath {
    /** PATH_MAX of {@code linux/limits.h}, with the terminating NUL. */
    static final int MAX = 4096;

    private static final int SMALLEST = 256;
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGHS = ONES << (Byte.SIZE - 1);
    private static final long SLASHES = ONES * '/';

    // Constants, but not to the compiler: it would keep them in registers all along a walk, and other things not.
    private final long slashes;
    private final long lows;
    private static final long DOT = '.' | '/' << Byte.SIZE;
    private static final long DOT_DOT = '.' | '.' << Byte.SIZE | '/' << (2 * Byte.SIZE);

    /** The path: an array of the caller's, or {@link #own}. A word may be read at each place of it, also at its end. */
    byte[] bytes;

    /** Behind the slash at the end: a walk that stands here has no component left. */
    int limit;

    /** Where the present component begins. */
    int position;

    /** What a walk over short names found out of the rest of the path where it stopped: no table has it, if it is one name. */
    boolean isMissing;

    private byte[] own = new byte[SMALLEST];
    private MemorySegment ownMemory = MemorySegment.ofArray(own);

    // The component that was looked at last: where it begins, where the next one does, and what identifies it.
    private int scanned;
    int next;
    private int length;
    int hash;
    long word0;
    long word1;

    Pathname() {
        bytes = own;
        slashes = SLASHES;
        lows = ~HIGHS;
    }

    /** Takes a path, which nobody changes meanwhile, and stands at its first component; 0 or ENAMETOOLONG. */
    final int set(byte[] source, int count) {
        if (count >= MAX) {
            return -Errno.ENAMETOOLONG.number();
        }
        if (count <= source.length - Long.BYTES) {
            begin(source, count);
        } else {
            reserve(count);
            System.arraycopy(source, 0, own, 0, count);
            begin(own, count);
        }
        return 0;
    }

    /** Takes a copy of a path and stands at its first component; 0 or ENAMETOOLONG. */
    final int set(MemorySegment source, long offset, int count) {
        if (count >= MAX) {
            return -Errno.ENAMETOOLONG.number();
        }
        reserve(count);
        MemorySegment.copy(source, offset, ownMemory, 0, count);
        begin(own, count);
        return 0;
    }

    private void reserve(int count) {
        if (count > own.length - Long.BYTES) {
            own = Arrays.copyOf(own, Integer.highestOneBit(count + Long.BYTES) * 2);
            ownMemory = MemorySegment.ofArray(own);
        }
    }

    private void begin(byte[] text, int count) {
        if (bytes != text) {
            bytes = text;
        }
        limit = count + 1;
        scanned = -1;
        if (count != 0 && text[0] != '/') {
            position = 0;
        } else {
            position = count > 1 && text[1] != '/' ? 1 : skipSlashes(0);
        }
    }

    /** The eight bytes from a place on, of which those behind the path are slashes. */
    private long wordAt(int at) {
        int left = limit - 1 - at;
        if (left <= 0) {
            return SLASHES;
        }
        long word = (long) Name.WORD.get(bytes, at);
        return left < Long.BYTES ? ended(word, left) : word;
    }

    /** A word that ends in a slash after some bytes, fewer than eight: NULs are behind. */
    static long ended(long word, int count) {
        long slash = 1L << (count << 3);
        return (word & (slash - 1)) | slash * '/';
    }

    /** A component with the slash behind it, both of eight bytes at most. */
    final long shortName(int at, int length) {
        int others = -(length << 3);
        return ((long) Name.WORD.get(bytes, at) << others) >>> others;
    }

    /** Of the eight bytes from a place on, the highest bit of each that is a slash and before another place. */
    final long slashes(int at, int before) {
        int left = before - at;
        if (left <= 0) {
            return 0;
        }
        long slashes = slashes((long) Name.WORD.get(bytes, at));
        return left < Long.BYTES ? slashes & ((1L << (left << 3)) - 1) : slashes;
    }

    private long slashes(long word) {
        long difference = word ^ slashes;
        return ~(((difference & lows) + lows) | difference | lows);
    }

    boolean isAbsolute() {
        return limit != 1 && bytes[0] == '/';
    }

    /** Whether a slash follows the last component. */
    boolean endsInSlash() {
        return limit > 1 && bytes[limit - 2] == '/';
    }

    /** Puts the target of a symbolic link, the present component, in the place of what is behind, and stands at its beginning. */
    void splice(byte[] target, int targetLength) {
        int end = limit - 1;
        look();
        int tail = Math.max(end - next, 0);
        int total = targetLength + (tail == 0 ? 0 : 1 + tail);
        byte[] old = bytes;
        reserve(total);
        System.arraycopy(old, end - tail, own, total - tail, tail);
        System.arraycopy(target, 0, own, 0, targetLength);
        if (tail != 0) {
            own[targetLength] = '/';
        }
        begin(own, total);
    }

    /** Whether no component is left. */
    public boolean isDone() {
        return position == limit;
    }

    /** Whether the present component is the last one. */
    public boolean isLast() {
        look();
        return next == limit;
    }

    /** Steps past the present component. */
    public void advance() {
        look();
        position = next;
    }

    /** The length of the present component. */
    public int componentLength() {
        look();
        return length;
    }

    /** Whether the present component is {@code .} or {@code ..}. */
    boolean isDots() {
        look();
        return word0 == DOT || word0 == DOT_DOT;
    }

    /** Whether the present component is {@code .}. */
    public boolean isDot() {
        look();
        return word0 == DOT;
    }

    /** Whether the present component is {@code ..}. */
    public boolean isDotDot() {
        look();
        return word0 == DOT_DOT;
    }

    /** A copy of the present component. */
    public Name component() {
        look();
        return Name.of(bytes, position, length);
    }

    /** Whether there is a NUL in the component, which no name has. */
    boolean hasNul() {
        int end = position + componentLength();
        long nul = 0;
        for (int at = position; at < end; at += Long.BYTES) {
            long word = (long) Name.WORD.get(bytes, at);
            if (end - at < Long.BYTES) {
                word |= -1L << ((end - at) << 3);
            }
            nul |= (word - ONES) & ~word;
        }
        return (nul & HIGHS) != 0;
    }

    /** Whether the rest of the path is a name: there is neither a slash nor a NUL in it, and it is not {@code .} or {@code ..}. */
    final boolean isOneName() {
        byte[] text = bytes;
        int from = position;
        int count = limit - 1 - from;
        if (count <= 2 && text[from] == '.') {
            return false;
        }
        long odd = 0;
        for (int at = 0; at < count; at += Long.BYTES) {
            long word = (long) Name.WORD.get(text, from + at);
            if (count - at < Long.BYTES) {
                word |= -1L << ((count - at) << 3);
            }
            long difference = word ^ SLASHES;
            odd |= ((word - ONES) & ~word) | ((difference - ONES) & ~difference);
        }
        return (odd & HIGHS) == 0;
    }

    /** Where the last component begins. */
    int last() {
        int at = limit - 1;
        while (at > 0 && bytes[at - 1] == '/') {
            at--;
        }
        for (int base = (at - 1) & -Long.BYTES; base >= 0; base -= Long.BYTES) {
            long slashes = slashes(base, at);
            if (slashes != 0) {
                return base + Long.BYTES - (Long.numberOfLeadingZeros(slashes) >>> 3);
            }
        }
        return 0;
    }

    /** Looks at the present component, unless it was looked at last. */
    final void look() {
        if (scanned != position) {
            scan();
        }
    }

    private void scan() {
        byte[] text = bytes;
        int from = position;
        int pathEnd = limit - 1;
        int stop = from;
        long slashes = slashes(wordAt(stop));
        while (slashes == 0) {
            stop += Long.BYTES;
            slashes = slashes(wordAt(stop));
        }
        stop += Long.numberOfTrailingZeros(slashes) >>> 3;
        int count = stop - from;
        scanned = from;
        length = count;
        next = text[stop + 1] == '/' || stop + 1 >= pathEnd ? skipSlashes(stop) : stop + 1;
        if (count < Long.BYTES) {
            long word = end(text, from, count);
            word0 = word;
            word1 = 0;
            hash = Name.fold(Name.mix(word));
            return;
        }
        long first = (long) Name.WORD.get(text, from);
        long second;
        long mixed = Name.mix(first);
        int at = Long.BYTES;
        if (count < 2 * Long.BYTES) {
            second = end(text, from + at, count - at);
            mixed += Name.mix(second, at);
        } else {
            second = (long) Name.WORD.get(text, from + at);
            mixed += Name.mix(second, at);
            if (count <= Name.MAX) {
                at += Long.BYTES;
                for (; at + Long.BYTES <= count; at += Long.BYTES) {
                    mixed += Name.mix((long) Name.WORD.get(text, from + at), at);
                }
                long last = end(text, from + at, count - at);
                mixed += Name.mix(last, at);
            }
        }
        word0 = first;
        word1 = second;
        hash = Name.fold(mixed);
    }

    /** The last bytes of a component, fewer than eight, and its slash. */
    static long end(byte[] text, int at, int count) {
        return ended((long) Name.WORD.get(text, at), count);
    }

    /** The next byte that is no slash, or the limit. */
    private int skipSlashes(int from) {
        int at = from;
        while (at < limit - 1 && bytes[at] == '/') {
            at++;
        }
        return at >= limit - 1 ? limit : at;
    }

    /** Whether the component that was looked at last, of more than fifteen bytes, is a name, from the seventeenth byte on. */
    final boolean restEquals(Name name) {
        int count = length;
        if (name.length != count) {
            return false;
        }
        byte[] text = bytes;
        byte[] padded = name.padded;
        int at = 2 * Long.BYTES;
        for (; at + Long.BYTES <= count; at += Long.BYTES) {
            if ((long) Name.WORD.get(text, scanned + at) != (long) Name.WORD.get(padded, at)) {
                return false;
            }
        }
        return end(text, scanned + at, count - at) == (long) Name.WORD.get(padded, at);
    }

    /** What is left of the path, for people who debug. */
    @Override
    public String toString() {
        int from = Math.min(position, limit - 1);
        return new String(bytes, from, limit - 1 - from, StandardCharsets.UTF_8);
    }

    /** Skips slashes where a walk over short names stopped; whether that is the end. */
    final boolean skipSlashes() {
        int at = position;
        if (at < limit && (at == limit - 1 || bytes[at] == '/')) {
            position = skipSlashes(at);
        }
        return position == limit;
    }
}
