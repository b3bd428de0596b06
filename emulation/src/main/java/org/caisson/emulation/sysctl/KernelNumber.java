package org.caisson.emulation.sysctl;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/**
 * Numbers as the handlers of {@code kernel/sysctl.c} read them from a write(2): blanks before, an optional minus,
 * decimal, octal or hexadecimal as in C, and then a blank, a newline or the end. Only the first number counts.
 */
final class KernelNumber {
    /** {@code TMPBUFLEN − 1}: longer numbers are refused before they are looked at. */
    private static final int LONGEST = 21;

    private final byte[] text;
    private int at;
    private boolean negative;
    private long magnitude;

    private KernelNumber(byte[] text) {
        this.text = text;
    }

    /** {@code proc_dointvec_minmax} for one value. */
    static long signed(byte[] text, long least, long most) throws ErrnoException {
        KernelNumber number = new KernelNumber(text);
        number.parse();
        long largest = number.negative ? 1L + Integer.MAX_VALUE : Integer.MAX_VALUE;
        if (number.magnitude < 0 || number.magnitude > largest) {
            throw Errno.EINVAL.exception();
        }
        long value = number.negative ? -number.magnitude : number.magnitude;
        if (value < least || value > most) {
            throw Errno.EINVAL.exception();
        }
        return value;
    }

    /** {@code proc_doulongvec_minmax} for one value: a negative one changes nothing, so the old value stays. */
    static long unsigned(byte[] text, long least, long most, long old) throws ErrnoException {
        KernelNumber number = new KernelNumber(text);
        number.parse();
        if (number.negative) {
            return old;
        }
        if (Long.compareUnsigned(number.magnitude, least) < 0 || Long.compareUnsigned(number.magnitude, most) > 0) {
            throw Errno.EINVAL.exception();
        }
        return number.magnitude;
    }

    /** {@code proc_get_long}. */
    private void parse() throws ErrnoException {
        while (at < text.length && isSpace(text[at])) {
            at++;
        }
        int start = at;
        negative = peek() == '-' && text.length - at > 1;
        if (negative) {
            at++;
        }
        if (digit(peek()) < 0 || digit(peek()) > 9) {
            throw Errno.EINVAL.exception();
        }
        int base = base();
        while (digit(peek()) >= 0 && digit(peek()) < base) {
            int digit = digit(peek());
            if (Long.compareUnsigned(magnitude, Long.divideUnsigned(-1L - digit, base)) > 0) {
                throw Errno.EINVAL.exception();
            }
            magnitude = magnitude * base + digit;
            at++;
        }
        if (at - start >= LONGEST || (at < text.length && peek() != ' ' && peek() != '\t' && peek() != '\n')) {
            throw Errno.EINVAL.exception();
        }
    }

    /** {@code _parse_integer_fixup_radix}: steps over a prefix and returns the base. */
    private int base() {
        if (peek() != '0') {
            return 10;
        }
        boolean hexadecimal = at + 2 < text.length && (text[at + 1] | 0x20) == 'x' && digit(text[at + 2]) >= 0;
        if (hexadecimal) {
            at += 2;
        }
        return hexadecimal ? 16 : 8;
    }

    private int peek() {
        return at < text.length ? text[at] : -1;
    }

    private static int digit(int c) {
        return c < 0 ? -1 : Character.digit(c, 16);
    }

    /** {@code isspace} of the kernel for ASCII. */
    private static boolean isSpace(byte b) {
        return b == ' ' || (b >= '\t' && b <= '\r');
    }
}
