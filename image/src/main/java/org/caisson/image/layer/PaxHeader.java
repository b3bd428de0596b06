package org.caisson.image.layer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Records of an extended header of pax(1), for the entry that follows it. Values are bytes. */
final class PaxHeader {
    private final ByteArrayOutputStream records = new ByteArrayOutputStream();

    boolean isEmpty() {
        return records.size() == 0;
    }

    void clear() {
        records.reset();
    }

    byte[] toByteArray() {
        return records.toByteArray();
    }

    void add(String keyword, String value) {
        add(keyword.getBytes(StandardCharsets.US_ASCII), value.getBytes(StandardCharsets.US_ASCII));
    }

    /** A record is "LENGTH KEYWORD=VALUE\n", and its length counts the digits of the length. */
    void add(byte[] keyword, byte[] value) {
        int rest = keyword.length + value.length + 3;
        int length = rest + digits(rest);
        if (digits(length) != digits(rest)) {
            length = rest + digits(length);
        }
        records.writeBytes(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
        records.write(' ');
        records.writeBytes(keyword);
        records.write('=');
        records.writeBytes(value);
        records.write('\n');
    }

    private static int digits(int number) {
        return Integer.toString(number).length();
    }

    /** A name or the target of a link; one that is not UTF-8 is said to be bytes, as POSIX asks for. */
    void addPath(String keyword, byte[] path) {
        if (!isUtf8(path)) {
            add("hdrcharset", "BINARY");
        }
        add(keyword.getBytes(StandardCharsets.US_ASCII), path);
    }

    private static boolean isUtf8(byte[] text) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** A moment, in seconds since 1970 with as many decimals as it takes. */
    void addTime(String keyword, long seconds, int nanos) {
        if (nanos == 0) {
            add(keyword, Long.toString(seconds));
            return;
        }
        boolean negative = seconds < 0;
        long whole = negative ? -(seconds + 1) : seconds;
        int part = negative ? 1_000_000_000 - nanos : nanos;
        String decimals = Integer.toString(1_000_000_000 + part).substring(1);
        int end = decimals.length();
        while (decimals.charAt(end - 1) == '0') {
            end--;
        }
        add(keyword, (negative ? "-" : "") + whole + "." + decimals.substring(0, end));
    }
}
