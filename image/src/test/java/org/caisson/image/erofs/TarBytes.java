package org.caisson.image.erofs;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Archives byte by byte: such as no honest writer would make, too. */
final class TarBytes {
    private static final int RECORD = 512;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    TarBytes() {}

    /** A header that says so of its member's size, whatever follows. */
    TarBytes header(char type, String name, long size, String target) {
        byte[] record = new byte[RECORD];
        put(record, 0, name);
        put(record, 100, "0000644\0");
        put(record, 108, "0000000\0");
        put(record, 116, "0000000\0");
        put(record, 124, String.format("%011o\0", size));
        put(record, 136, "00000000000\0");
        put(record, 148, "        ");
        record[156] = (byte) type;
        put(record, 157, target);
        put(record, 257, "ustar\00000");
        int sum = 0;
        for (byte one : record) {
            sum += one & 0xFF;
        }
        put(record, 148, String.format("%06o\0 ", sum));
        out.writeBytes(record);
        return this;
    }

    private static void put(byte[] record, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, record, at, bytes.length);
    }

    /** A member and its data. */
    TarBytes member(char type, String name, byte[] data) {
        header(type, name, data.length, "");
        out.writeBytes(data);
        out.writeBytes(new byte[-data.length & (RECORD - 1)]);
        return this;
    }

    TarBytes file(String name, String text) {
        return member('0', name, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** An extended header, for the next member ({@code x}) or all that follow ({@code g}), of keywords and values in turns. */
    TarBytes extended(char type, String... words) {
        StringBuilder records = new StringBuilder();
        for (int i = 0; i < words.length; i += 2) {
            records.append(record(words[i], words[i + 1]));
        }
        return member(type, "extended", records.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String record(String keyword, String value) {
        String rest = " " + keyword + "=" + value + "\n";
        int length = rest.length();
        while (length != rest.length() + Integer.toString(length).length()) {
            length = rest.length() + Integer.toString(length).length();
        }
        return length + rest;
    }

    byte[] end() {
        out.writeBytes(new byte[2 * RECORD]);
        return out.toByteArray();
    }
}
