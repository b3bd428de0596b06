package org.caisson.emulation.proc;

import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;

/** Numbers in the shapes in which procfs prints them. */
final class Columns {
    private Columns() {}

    /** {@code %WIDTHlu}: right-aligned with blanks. */
    static void right(TextBuffer out, long value, int width) {
        for (int missing = width - digits(value); missing > 0; missing--) {
            out.appendByte(' ');
        }
        out.appendDecimal(value);
    }

    /** {@code %lu.%02lu} of a number of hundredths. */
    static void hundredths(TextBuffer out, long value) {
        out.appendDecimal(value / 100);
        out.appendByte('.');
        if (value % 100 < 10) {
            out.appendByte('0');
        }
        out.appendDecimal(value % 100);
    }

    /** The scanner's current line from an index up to another. */
    static void copy(TextScanner from, int start, int end, TextBuffer out) {
        out.appendBytes(from.bytes(), start, end - start);
    }

    /** The scanner's whole current line, with a newline. */
    static void line(TextScanner from, TextBuffer out) {
        copy(from, from.lineStart(), from.lineEnd(), out);
        out.appendByte('\n');
    }

    private static int digits(long value) {
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        return digits;
    }
}
