package org.caisson.vfs.synthetic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing buffer of bytes in which the text of a generated file is written, without formatting machinery. */
public final class TextBuffer {
    private static final int SMALLEST = 256;

    private byte[] bytes;
    private int length;

    public TextBuffer() {
        this(SMALLEST);
    }

    /** A buffer with room for this many bytes before it grows. */
    public TextBuffer(int capacity) {
        bytes = new byte[capacity];
    }

    /** How many bytes were written. */
    public int length() {
        return length;
    }

    /** Forgets the content and keeps the room. */
    public TextBuffer clear() {
        length = 0;
        return this;
    }

    public TextBuffer appendByte(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
        return this;
    }

    /** Appends text of ASCII characters only. */
    @SuppressWarnings("deprecation") // exactly what is wanted: the low bytes, without an encoder
    public TextBuffer appendAscii(String text) {
        int count = text.length();
        reserve(count);
        text.getBytes(0, count, bytes, length);
        length += count;
        return this;
    }

    /** Appends any text as UTF-8. */
    public TextBuffer appendUtf8(String text) {
        return appendBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    public TextBuffer appendBytes(byte[] source) {
        return appendBytes(source, 0, source.length);
    }

    public TextBuffer appendBytes(byte[] source, int offset, int count) {
        reserve(count);
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        return this;
    }

    public TextBuffer appendBytes(MemorySegment source, long offset, int count) {
        reserve(count);
        MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, bytes, length, count);
        length += count;
        return this;
    }

    /** Appends a signed number. */
    public TextBuffer appendDecimal(long value) {
        if (value >= 0) {
            return appendUnsigned(value);
        }
        appendByte('-');
        return appendUnsigned(-value);
    }

    /** Appends a number taken as unsigned. */
    public TextBuffer appendUnsigned(long value) {
        int digits = 1;
        for (long rest = Long.divideUnsigned(value, 10); rest != 0; rest /= 10) {
            digits++;
        }
        reserve(digits);
        long rest = value;
        for (int position = length + digits - 1; position >= length; position--) {
            bytes[position] = (byte) ('0' + Long.remainderUnsigned(rest, 10));
            rest = Long.divideUnsigned(rest, 10);
        }
        length += digits;
        return this;
    }

    /** Appends a number right-aligned in a field, as {@code %8ld} does. */
    public TextBuffer appendDecimal(long value, int width) {
        return alignRight(value, width, ' ');
    }

    /** Appends a number that is not negative with leading zeros, as {@code %02ld} does. */
    public TextBuffer appendPadded(long value, int width) {
        return alignRight(value, width, '0');
    }

    private TextBuffer alignRight(long value, int width, char filler) {
        int start = length;
        appendDecimal(value);
        int written = length - start;
        if (written < width) {
            int shift = width - written;
            reserve(shift);
            System.arraycopy(bytes, start, bytes, start + shift, written);
            Arrays.fill(bytes, start, start + shift, (byte) filler);
            length += shift;
        }
        return this;
    }

    /** Appends the same byte several times. */
    public TextBuffer appendRepeated(int value, int count) {
        reserve(count);
        Arrays.fill(bytes, length, length + count, (byte) value);
        length += count;
        return this;
    }

    /** Ends a line. */
    public TextBuffer newLine() {
        return appendByte('\n');
    }

    /** Copies a part out; returns how many bytes there were. */
    public int copyTo(MemorySegment target, long at, long count, long offset) {
        if (offset >= length) {
            return 0;
        }
        int copied = (int) Math.min(count, length - offset);
        MemorySegment.copy(bytes, (int) offset, target, ValueLayout.JAVA_BYTE, at, copied);
        return copied;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), 2 * bytes.length));
        }
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
