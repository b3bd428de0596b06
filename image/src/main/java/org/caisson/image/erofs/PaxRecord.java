package org.caisson.image.erofs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * One record of an extended header of pax(1).
 *
 * @param keyword the keyword, each char a byte
 */
record PaxRecord(String keyword, PaxValue told) {
    /** The bytes of a value. */
    static final class PaxValue {
        private final byte[] bytes;

        PaxValue(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    /** Adds the records of a header, "LENGTH KEYWORD=VALUE\n" each, to a list, which has {@code most} in the end at the most. */
    static void parse(byte[] header, List<PaxRecord> records, int most) throws ErofsFormatException {
        int start = 0;
        while (start < header.length) {
            int at = start;
            int length = 0;
            while (at < header.length && header[at] >= '0' && header[at] <= '9' && length <= header.length) {
                length = 10 * length + header[at++] - '0';
            }
            int end = start + length;
            if (at == header.length
                    || header[at] != ' '
                    || end > header.length
                    || end <= at
                    || header[end - 1] != '\n') {
                throw new ErofsFormatException("an extended tar header that is none");
            }
            int equals = at + 1;
            while (equals < end && header[equals] != '=') {
                equals++;
            }
            if (equals == end) {
                throw new ErofsFormatException("an extended tar header with a record that says nothing");
            }
            if (records.size() == most) {
                throw new ErofsFormatException("extended tar headers of more than " + most + " records");
            }
            String keyword = new String(header, at + 1, equals - at - 1, StandardCharsets.ISO_8859_1);
            records.add(new PaxRecord(keyword, new PaxValue(Arrays.copyOfRange(header, equals + 1, end - 1))));
            start = end;
        }
    }

    byte[] keywordBytes() {
        return keyword.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The value, not to be changed. */
    byte[] value() {
        return told.bytes;
    }

    private String text() {
        return new String(told.bytes, StandardCharsets.US_ASCII);
    }

    long number() throws ErofsFormatException {
        return number(text());
    }

    /** A number that is not negative. */
    static long number(String text) throws ErofsFormatException {
        try {
            long value = Long.parseLong(text);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new ErofsFormatException("an extended tar header with a number that is none: " + text);
    }

    /** Of a moment, the whole seconds before it. */
    long seconds() throws ErofsFormatException {
        String text = text();
        int point = text.indexOf('.');
        try {
            long whole = Long.parseLong(point < 0 ? text : text.substring(0, point));
            return text.startsWith("-") && fraction() != 0 ? whole - 1 : whole;
        } catch (NumberFormatException e) {
            throw new ErofsFormatException("an extended tar header with a time that is none: " + text);
        }
    }

    /** Of a moment, the nanoseconds after {@link #seconds}. */
    int nanos() throws ErofsFormatException {
        int fraction = fraction();
        return text().startsWith("-") && fraction != 0 ? 1_000_000_000 - fraction : fraction;
    }

    private int fraction() throws ErofsFormatException {
        String text = text();
        int point = text.indexOf('.');
        if (point < 0) {
            return 0;
        }
        int nanos = 0;
        for (int i = 0; i < 9; i++) {
            int at = point + 1 + i;
            int digit = at < text.length() ? text.charAt(at) - '0' : 0;
            if (digit < 0 || digit > 9) {
                throw new ErofsFormatException("an extended tar header with a time that is none: " + text);
            }
            nanos = 10 * nanos + digit;
        }
        return nanos;
    }
}
