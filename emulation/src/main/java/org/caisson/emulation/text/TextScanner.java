package org.caisson.emulation.text;

import java.nio.charset.StandardCharsets;

/**
 * A cursor over the ASCII text of one kernel file: lines, words and decimal numbers, in place and without objects.
 * It never fails on odd input: a missing number reads as −1, a missing word as nothing.
 */
public final class TextScanner {
    private static final int FIRST_CAPACITY = 4096;

    private byte[] bytes = new byte[FIRST_CAPACITY];
    private int length;
    private int lineStart;
    private int lineEnd;
    private int position;

    /** A scanner over the bytes of a string; for texts that are already in hand. */
    public static TextScanner of(String text) {
        TextScanner scanner = new TextScanner();
        scanner.take(text);
        return scanner;
    }

    /** Takes a text that is already in hand. */
    public void take(String text) {
        byte[] ascii = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(ascii, 0, room(ascii.length), 0, ascii.length);
        filled(ascii.length);
    }

    /** The array to fill with at least this many bytes; {@link #filled} must follow. */
    byte[] room(int capacity) {
        if (bytes.length < capacity) {
            bytes = new byte[Math.max(capacity, bytes.length * 2)];
        }
        return bytes;
    }

    /** Says how many bytes of the text are in the array now, and rewinds. */
    void filled(int count) {
        length = count;
        rewind();
    }

    /** Goes back before the first line. */
    public void rewind() {
        lineStart = 0;
        lineEnd = -1;
        position = 0;
    }

    /** The text's bytes; valid up to {@link #length} until the scanner is filled again. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Moves to the start of the next line; false after the last. */
    public boolean nextLine() {
        int start = lineEnd + 1;
        if (start >= length) {
            return false;
        }
        int end = start;
        while (end < length && bytes[end] != '\n') {
            end++;
        }
        lineStart = start;
        lineEnd = end;
        position = start;
        return true;
    }

    /** Where the current line starts in {@link #bytes}. */
    public int lineStart() {
        return lineStart;
    }

    /** Where the current line ends in {@link #bytes}: at its newline, or at the end of the text. */
    public int lineEnd() {
        return lineEnd;
    }

    /** Whether the current line has no byte before its newline. */
    public boolean lineIsEmpty() {
        return lineStart == lineEnd;
    }

    /** If the rest of the line starts with these ASCII characters, steps over them. */
    public boolean skip(String ascii) {
        int size = ascii.length();
        if (position + size > lineEnd) {
            return false;
        }
        for (int i = 0; i < size; i++) {
            if (bytes[position + i] != ascii.charAt(i)) {
                return false;
            }
        }
        position += size;
        return true;
    }

    /** If the next word of the line is exactly this, steps over it. */
    public boolean skipWord(String ascii) {
        skipBlanks();
        int before = position;
        if (skip(ascii) && (position == lineEnd || isBlank(bytes[position]))) {
            return true;
        }
        position = before;
        return false;
    }

    /** The next number of the line in decimal, after blanks; −1 if there is none. Too large ones saturate. */
    public long decimal() {
        skipBlanks();
        int start = position;
        long value = 0;
        while (position < lineEnd && isDigit(bytes[position])) {
            int digit = bytes[position++] - '0';
            value = value > (Long.MAX_VALUE - digit) / 10 ? Long.MAX_VALUE : value * 10 + digit;
        }
        return position == start ? -1 : value;
    }

    /** The next byte of the line, or −1 at its end. */
    public int next() {
        return position < lineEnd ? bytes[position++] : -1;
    }

    /** The next byte of the line without stepping over it, or −1 at its end. */
    public int peek() {
        return position < lineEnd ? bytes[position] : -1;
    }

    /** Where the cursor stands in {@link #bytes}. */
    public int position() {
        return position;
    }

    /** Steps back or forward within the current line. */
    public void position(int index) {
        position = index;
    }

    /** Steps over blanks and tabs. */
    public void skipBlanks() {
        while (position < lineEnd && isBlank(bytes[position])) {
            position++;
        }
    }

    /** Steps over the next word and the blanks before it. */
    public void skipWord() {
        skipBlanks();
        while (position < lineEnd && !isBlank(bytes[position])) {
            position++;
        }
    }

    /** The whole text as a string; for tests and messages. */
    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
