package org.caisson.image.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.ImageFormatException;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of a tar archive lie in it: plain, ustar, pax and GNU headers. It comes from strangers, so the number of entries and the
 * length of extended headers are limited; and an archive that names a file twice is refused, for readers differ in which they take.
 */
final class TarIndex {
    private static final int RECORD = 512;
    private static final int MOST_ENTRIES = 100_000;
    private static final int MOST_EXTENDED = 1 << 20;

    private final FileChannel channel;
    private final ByteBuffer header = ByteBuffer.allocate(RECORD);
    private final Map<String, Entry> entries = new HashMap<>();
    private long at;

    /** What extended headers say of the next entry. */
    private @Nullable String longName;

    private @Nullable String longTarget;
    private long longSize = -1;

    TarIndex(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * A file.
     *
     * @param target what a link stands for; null for a plain file
     */
    record Entry(long offset, long size, @Nullable String target) {}

    /** A path without {@code ./}, {@code ..} and double slashes. */
    static String normal(String path) {
        List<String> parts = new ArrayList<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                if (!parts.isEmpty()) {
                    parts.removeLast();
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return String.join("/", parts);
    }

    Map<String, Entry> read() throws IOException {
        while (nextHeader()) {
            entry();
        }
        return entries;
    }

    private boolean nextHeader() throws IOException {
        header.clear();
        while (header.hasRemaining()) {
            int count = channel.read(header, at + header.position());
            if (count < 0) {
                if (header.position() == 0 && at > 0) {
                    return false; // Without the two records of zeros at the end, as some write them.
                }
                throw new ImageFormatException("it is cut off at byte " + (at + header.position()));
            }
        }
        at += RECORD;
        long sum = 0;
        for (int i = 0; i < RECORD; i++) {
            sum += i >= 148 && i < 156 ? ' ' : header.get(i) & 0xff;
        }
        if (sum == 8 * ' ') {
            return false;
        }
        if (sum != number(148, 8)) {
            throw new ImageFormatException("the header before byte " + at + " has a wrong checksum");
        }
        return true;
    }

    private void entry() throws IOException {
        byte type = header.get(156);
        long size = number(124, 12);
        if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
            extended(type, size);
            return;
        }
        size = longSize >= 0 ? longSize : size;
        if (size > channel.size() - at && (type == '0' || type == 0 || type == '7')) {
            throw new ImageFormatException("it is cut off: a file of " + size + " bytes begins at byte " + at);
        }
        String name = normal(longName == null ? plainName() : longName);
        String target = longTarget == null ? text(157, 100) : longTarget;
        switch (type) {
            case '0', 0, '7' -> add(name, new Entry(at, size, null));
            case '1' -> add(name, new Entry(at, 0, normal(target)));
            case '2' -> add(name, new Entry(at, 0, normal(name + "/../" + target)));
            case 'S' -> throw new ImageFormatException("it holds a sparse file, " + name + ", which is not supported");
            default -> {}
        }
        boolean data = type == '0' || type == 0 || type == '7';
        skip(data ? size : 0);
        longName = null;
        longTarget = null;
        longSize = -1;
    }

    private void add(String name, Entry entry) throws ImageFormatException {
        if (entries.size() == MOST_ENTRIES) {
            throw new ImageFormatException("it has more than " + MOST_ENTRIES + " files");
        }
        if (entries.put(name, entry) != null) {
            throw new ImageFormatException("it holds " + name + " twice");
        }
    }

    private void skip(long size) {
        at += (size + RECORD - 1) / RECORD * RECORD;
    }

    private void extended(byte type, long size) throws IOException {
        if (size > MOST_EXTENDED) {
            throw new ImageFormatException("an extended header is longer than " + MOST_EXTENDED + " bytes");
        }
        ByteBuffer data = ByteBuffer.allocate((int) size);
        while (data.hasRemaining()) {
            if (channel.read(data, at + data.position()) < 0) {
                throw new ImageFormatException("it is cut off in an extended header");
            }
        }
        skip(size);
        String text = new String(data.array(), StandardCharsets.UTF_8);
        switch (type) {
            case 'L' -> longName = untilNul(text);
            case 'K' -> longTarget = untilNul(text);
            case 'x' -> records(data.array());
            default -> {}
        }
    }

    /** Records "LENGTH KEYWORD=VALUE\n" of pax. */
    private void records(byte[] data) throws ImageFormatException {
        int start = 0;
        while (start < data.length && data[start] != 0) {
            int space = start;
            int length = 0;
            while (space < data.length && data[space] >= '0' && data[space] <= '9' && length < MOST_EXTENDED) {
                length = length * 10 + data[space++] - '0';
            }
            if (space >= data.length
                    || data[space] != ' '
                    || length <= space - start + 1
                    || length > data.length - start) {
                throw new ImageFormatException("an extended header is broken");
            }
            String record = new String(data, space + 1, start + length - space - 2, StandardCharsets.UTF_8);
            int equals = record.indexOf('=');
            if (equals > 0) {
                record(record.substring(0, equals), record.substring(equals + 1));
            }
            start += length;
        }
    }

    private void record(String keyword, String value) throws ImageFormatException {
        switch (keyword) {
            case "path" -> longName = value;
            case "linkpath" -> longTarget = value;
            case "size" -> {
                if (!value.matches("[0-9]{1,18}")) {
                    throw new ImageFormatException("an extended header tells no size");
                }
                longSize = Long.parseLong(value);
            }
            default -> {
                if (keyword.startsWith("GNU.sparse.")) {
                    throw new ImageFormatException("it holds a sparse file, which is not supported");
                }
            }
        }
    }

    private String plainName() {
        String name = text(0, 100);
        boolean ustar = text(257, 6).equals("ustar");
        String prefix = ustar ? text(345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private String text(int offset, int length) {
        return untilNul(new String(header.array(), offset, length, StandardCharsets.UTF_8));
    }

    private static String untilNul(String text) {
        int nul = text.indexOf(0);
        return nul < 0 ? text : text.substring(0, nul);
    }

    /** Octal digits, or a number of base 256 as GNU writes it. */
    private long number(int offset, int length) throws ImageFormatException {
        long value = 0;
        if (header.get(offset) < 0) {
            for (int i = 1; i < length; i++) {
                if (value >>> 54 != 0) {
                    throw new ImageFormatException("a number in the header before byte " + at + " is too great");
                }
                value = value << 8 | (header.get(offset + i) & 0xff);
            }
            return value;
        }
        for (char c : text(offset, length).strip().toCharArray()) {
            if (c < '0' || c > '7') {
                throw new ImageFormatException("a number in the header before byte " + at + " is none");
            }
            value = value << 3 | (c - '0');
        }
        return value;
    }
}
