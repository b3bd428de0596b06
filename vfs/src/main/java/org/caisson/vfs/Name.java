package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** One component of a path: up to 255 bytes of no particular character set, immutable. */
public final class Name {
    /** NAME_MAX of {@code linux/limits.h}. */
    public static final int MAX = 255;

    // Before the names below, which are hashed with it.
    static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

    /** Differs from run to run, so that nobody can make up names that fall on one slot of a table. */
    static final long SEED = new SplittableRandom().nextLong();

    /** The directory itself. */
    public static final Name DOT = of(".");
    /** The parent directory. */
    public static final Name DOT_DOT = of("..");
    /** The name of a root, which has none. */
    public static final Name EMPTY = of("");

    /** The bytes, padded with NULs to a multiple of eight so that names compare a word at a time. */
    final byte[] padded;

    final int length;
    final int hash;

    /** Takes the padded array over. */
    private Name(byte[] padded, int length) {
        this.padded = padded;
        this.length = length;
        this.hash = hash(padded, 0, length);
    }

    /** The UTF-8 bytes of a string. */
    public static Name of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return of(bytes, 0, bytes.length);
    }

    /** A copy of a part of an array. */
    public static Name of(byte[] bytes, int offset, int length) {
        byte[] padded = new byte[(length + Long.BYTES - 1) & -Long.BYTES];
        System.arraycopy(bytes, offset, padded, 0, length);
        return new Name(padded, length);
    }

    /** A copy of a part of a segment. */
    public static Name of(MemorySegment bytes, long offset, int length) {
        byte[] padded = new byte[(length + Long.BYTES - 1) & -Long.BYTES];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, padded, 0, length);
        return new Name(padded, length);
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

    long word(int index) {
        return (long) WORD.get(padded, index * Long.BYTES);
    }

    /** Mixes a name a word at a time; the bytes must be readable up to the next multiple of eight past the length. */
    static int hash(byte[] bytes, int offset, int length) {
        long state = SEED;
        int position = 0;
        while (length - position >= Long.BYTES) {
            state = mix(state, (long) WORD.get(bytes, offset + position));
            position += Long.BYTES;
        }
        if (position < length) {
            state = mix(state, (long) WORD.get(bytes, offset + position) & lowBytes(length - position));
        }
        return fold(state);
    }

    /** Both halves of a product: every bit of the word reaches the first and the last bits of the hash. */
    static long mix(long state, long word) {
        long mixed = state ^ word;
        return Math.unsignedMultiplyHigh(mixed, MULTIPLIER) ^ (mixed * MULTIPLIER);
    }

    static int fold(long state) {
        return (int) state;
    }

    /** A mask of the first bytes of a little-endian word, for 1 to 7 of them. */
    static long lowBytes(int count) {
        return (1L << (count << 3)) - 1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Name name && name.length == length && Arrays.equals(name.padded, padded);
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
