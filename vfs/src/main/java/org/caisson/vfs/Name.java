package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * One component of a path: up to 255 bytes of no particular character set, immutable.
 *
 * <p>Names are hashed and compared a word of eight bytes at a time, with the slash that ends them in a path and NULs behind that. Their
 * order is that of their bytes, taken as unsigned.
 */
public final class Name implements Comparable<Name> {
    /** NAME_MAX of {@code linux/limits.h}. */
    public static final int MAX = 255;

    // Before the names below, which are hashed with it.
    static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /**
     * One for each word of a name. They are not known to those who make up names, so that no choice of names makes more than the due
     * few fall on one slot of a table: the sum of the products is a universal hash in its first bits.
     */
    private static final long[] MULTIPLIERS =
            new SplittableRandom().longs((MAX + 1) / Long.BYTES).toArray();

    private static final long MULTIPLIER = MULTIPLIERS[0];
    private static final long SECOND_MULTIPLIER = MULTIPLIERS[1];
    private static final long THIRD_MULTIPLIER = MULTIPLIERS[2];
    private static final long FOURTH_MULTIPLIER = MULTIPLIERS[3];

    /** The directory itself. */
    public static final Name DOT = of(".");
    /** The parent directory. */
    public static final Name DOT_DOT = of("..");
    /** The name of a root, which has none. */
    public static final Name EMPTY = of("");

    /** The bytes, a slash, and NULs up to a multiple of eight. */
    final byte[] padded;

    final int length;
    final int hash;

    /** Takes the padded array over. */
    private Name(byte[] padded, int length) {
        this.padded = padded;
        this.length = length;
        this.hash = hash(padded);
    }

    /** The UTF-8 bytes of a string. */
    public static Name of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return of(bytes, 0, bytes.length);
    }

    /** A copy of a part of an array. */
    public static Name of(byte[] bytes, int offset, int length) {
        byte[] padded = padded(length);
        System.arraycopy(bytes, offset, padded, 0, length);
        return new Name(padded, length);
    }

    /** A copy of a part of a segment. */
    public static Name of(MemorySegment bytes, long offset, int length) {
        byte[] padded = padded(length);
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, padded, 0, length);
        return new Name(padded, length);
    }

    private static byte[] padded(int length) {
        byte[] padded = new byte[(length + Long.BYTES) & -Long.BYTES];
        padded[length] = '/';
        return padded;
    }

    /** The number of bytes. */
    public int length() {
        return length;
    }

    /** One byte of the name. */
    public byte byteAt(int index) {
        if (index >= length) {
            throw new IndexOutOfBoundsException(index);
        }
        return padded[index];
    }

    /** Writes the bytes, without a terminator, to a segment. */
    public void copyTo(MemorySegment target, long offset) {
        MemorySegment.copy(padded, 0, target, ValueLayout.JAVA_BYTE, offset, length);
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return Arrays.copyOf(padded, length);
    }

    /** The first eight bytes, with the slash if it is among them. */
    long word0() {
        return (long) WORD.get(padded, 0);
    }

    /** The next eight bytes. */
    long word1() {
        return length < Long.BYTES ? 0 : (long) WORD.get(padded, Long.BYTES);
    }

    /** Whether this is the name, of which the first two words are compared already and more than these, of two words more at most. */
    boolean endsIn(int count, long third, long fourth) {
        return length == count
                && (long) WORD.get(padded, 2 * Long.BYTES) == third
                && (count < 3 * Long.BYTES || (long) WORD.get(padded, 3 * Long.BYTES) == fourth);
    }

    /** What is mixed of the first word of a name; what is mixed of others is added. */
    static long mix(long word) {
        return word * MULTIPLIER;
    }

    /** What is mixed of a name of no more than four words: those that it has not got are 0. */
    static long mix(long first, long second, long third, long fourth) {
        return first * MULTIPLIER + second * SECOND_MULTIPLIER + third * THIRD_MULTIPLIER + fourth * FOURTH_MULTIPLIER;
    }

    /** What is mixed of another word, which begins so many bytes from the beginning; texts longer than a name begin anew. */
    static long mix(long word, int offset) {
        return word * MULTIPLIERS[(offset >>> 3) & (MULTIPLIERS.length - 1)];
    }

    /** The hash: its last bits, which choose the slot of a table, are among the first of what was mixed, which are the best. */
    static int fold(long mixed) {
        return (int) Long.reverseBytes(mixed);
    }

    private static int hash(byte[] padded) {
        long mixed = 0;
        for (int at = 0; at < padded.length; at += Long.BYTES) {
            mixed += mix((long) WORD.get(padded, at), at);
        }
        return fold(mixed);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Name name
                && name.hash == hash
                && name.length == length
                && Arrays.equals(name.padded, padded);
    }

    @Override
    public int compareTo(Name other) {
        return Arrays.compareUnsigned(padded, 0, length, other.padded, 0, other.length);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** The name as text, for people: bytes that are not UTF-8 are replaced. */
    @Override
    public String toString() {
        return new String(padded, 0, length, StandardCharsets.UTF_8);
    }
}
