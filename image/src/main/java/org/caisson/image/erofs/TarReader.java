package org.caisson.image.erofs;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.vfs.Name;
import org.caisson.vfs.erofs.ErofsLayout;
import org.jspecify.annotations.Nullable;

/**
 * Reads tar archives: of POSIX with and without extended headers (pax), and of GNU with long names and sparse files of all four kinds.
 * Names and values are bytes, so that attributes come as they are; the library at hand takes them for text.
 */
final class TarReader {
    private static final int RECORD = 512;

    /** What extended headers and long names of one member may have of bytes together: more than a file's attributes take. */
    private static final int MAX_HEADERS = 1 << 24;

    /** How many records extended headers of one member may have together: as many as a sparse file of some pieces needs. */
    private static final int MAX_RECORDS = 1 << 19;

    /** The same of what is said of all members. It is looked at again for each. */
    private static final int MAX_GLOBAL_BYTES = 1 << 16;

    private static final int MAX_GLOBAL_RECORDS = 128;

    /** How many pieces a sparse file may have. */
    private static final int MAX_PIECES = 1 << 22;

    private static final String ATTRIBUTE = "SCHILY.xattr.";

    // struct posix_header, and struct oldgnu_header behind it.
    private static final int NAME = 0;
    private static final int NAME_SIZE = 100;
    private static final int MODE = 100;
    private static final int UID = 108;
    private static final int GID = 116;
    private static final int SHORT_NUMBER = 8;
    private static final int SIZE = 124;
    private static final int MTIME = 136;
    private static final int LONG_NUMBER = 12;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;
    private static final int TARGET = 157;
    private static final int MAGIC = 257;
    private static final int MAJOR = 329;
    private static final int MINOR = 337;
    private static final int PREFIX = 345;
    private static final int PREFIX_SIZE = 155;
    private static final int SPARSE = 386;
    private static final int SPARSE_COUNT = 4;
    private static final int SPARSE_MORE = 482;
    private static final int SPARSE_SIZE = 483;
    private static final int EXTENSION_COUNT = 21;
    private static final int EXTENSION_MORE = 504;

    private static final byte[] POSIX = {'u', 's', 't', 'a', 'r', 0};

    private final InputStream in;
    private final byte[] record = new byte[RECORD];
    private final TarMember member = new TarMember();

    /** Records of extended headers: for all that follows, by their keywords, and for the next member. */
    private final Map<String, PaxRecord> global = new LinkedHashMap<>();

    private final List<PaxRecord> local = new ArrayList<>();

    /** What is left of bytes that headers of the next member may have. */
    private long headers;

    private byte @Nullable [] longName;
    private byte @Nullable [] longTarget;

    /** Whether nothing was read yet. */
    private boolean begins = true;

    /** What is left of the present member's data, and of what is behind it up to a whole record. */
    private long left;

    private long padding;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** The next member, null at the end. What was not read of the last one is passed over. */
    @Nullable
    TarMember next() throws IOException {
        local.clear();
        headers = MAX_HEADERS;
        longName = null;
        longTarget = null;
        while (true) {
            pass();
            if (!readRecord()) {
                if (begins) {
                    requireNoImage();
                }
                return null;
            }
            begins = false;
            long size = number(SIZE, LONG_NUMBER);
            if (size < 0) {
                throw new ErofsFormatException("a tar header with a negative size");
            }
            switch (record[TYPE]) {
                case 'x', 'X' -> PaxRecord.parse(readHeader(size), local, MAX_RECORDS);
                case 'g' -> global(readHeader(size));
                case 'L' -> longName = text(readHeader(size));
                case 'K' -> longTarget = text(readHeader(size));
                case 'V' -> expect(size);
                default -> {
                    describe(size);
                    return member;
                }
            }
        }
    }

    /** Reads data of the present member; -1 at its end. */
    int read(byte[] target, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int count = in.read(target, offset, (int) Math.min(length, left));
        if (count < 0) {
            throw cutOff();
        }
        left -= count;
        return count;
    }

    private static EOFException cutOff() {
        return new EOFException("the tar archive is cut off");
    }

    private void pass() throws IOException {
        try {
            in.skipNBytes(left);
        } catch (EOFException e) {
            throw cutOff();
        }
        // umoci leaves out what fills up the last record of a layer, and Go's reader does not miss it.
        in.readNBytes((int) padding);
        left = 0;
        padding = 0;
    }

    private void expect(long size) {
        left = size;
        padding = -size & (RECORD - 1);
    }

    /** Reads a header; false at the end, which is an empty record or that of the stream. */
    private boolean readRecord() throws IOException {
        int count = in.readNBytes(record, 0, RECORD);
        if (count == 0) {
            return false;
        }
        if (count < RECORD) {
            throw cutOff();
        }
        int sum = 0;
        int signedSum = 0;
        boolean empty = true;
        for (int i = 0; i < RECORD; i++) {
            boolean blank = i >= CHECKSUM && i < CHECKSUM + SHORT_NUMBER;
            sum += blank ? ' ' : record[i] & 0xFF;
            signedSum += blank ? ' ' : record[i];
            empty &= record[i] == 0;
        }
        if (empty) {
            return false;
        }
        long told = number(CHECKSUM, SHORT_NUMBER);
        if (told != sum && told != signedSum) {
            throw new ErofsFormatException("no tar header where one is to be: its checksum is wrong");
        }
        return true;
    }

    /**
     * What begins with zeros is an empty archive to who reads archives; an EROFS image begins so, too. Whoever has one taken for the other
     * has an image run without its files, as both have the same digest.
     */
    private void requireNoImage() throws IOException {
        byte[] start = in.readNBytes(ErofsLayout.SUPERBLOCK - RECORD + Integer.BYTES);
        if (start.length == ErofsLayout.SUPERBLOCK - RECORD + Integer.BYTES
                && MemorySegment.ofArray(start).get(ErofsLayout.U32, ErofsLayout.SUPERBLOCK - RECORD)
                        == ErofsLayout.MAGIC) {
            throw new ErofsFormatException("no tar archive but an EROFS image");
        }
    }

    private byte[] readHeader(long size) throws IOException {
        if (size > headers) {
            throw new ErofsFormatException("extended tar headers of more than " + MAX_HEADERS + " bytes");
        }
        headers -= size;
        byte[] bytes = in.readNBytes((int) size);
        if (bytes.length < size) {
            throw cutOff();
        }
        padding = -size & (RECORD - 1);
        return bytes;
    }

    /** Takes what is said of all members that follow: a later record takes the place of an earlier one. */
    private void global(byte[] header) throws ErofsFormatException {
        List<PaxRecord> told = new ArrayList<>();
        PaxRecord.parse(header, told, MAX_RECORDS);
        for (PaxRecord one : told) {
            global.put(one.keyword(), one);
        }
        long bytes = 0;
        for (PaxRecord one : global.values()) {
            bytes += one.keyword().length() + one.value().length;
        }
        if (global.size() > MAX_GLOBAL_RECORDS || bytes > MAX_GLOBAL_BYTES) {
            throw new ErofsFormatException("global tar headers of more than " + MAX_GLOBAL_RECORDS + " records or "
                    + MAX_GLOBAL_BYTES + " bytes");
        }
    }

    private void describe(long size) throws IOException {
        byte type = record[TYPE];
        boolean posix = Arrays.equals(record, MAGIC, MAGIC + POSIX.length, POSIX, 0, POSIX.length);
        byte[] name = longName;
        if (name == null) {
            name = field(NAME, NAME_SIZE);
            byte[] prefix = posix ? field(PREFIX, PREFIX_SIZE) : new byte[0];
            if (prefix.length > 0) {
                byte[] joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
                joined[prefix.length] = '/';
                System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
                name = joined;
            }
        }
        byte[] target = longTarget;
        member.name = name;
        member.target = target == null ? field(TARGET, NAME_SIZE) : target;
        member.mode = (int) number(MODE, SHORT_NUMBER) & 07777;
        member.uid = number(UID, SHORT_NUMBER);
        member.gid = number(GID, SHORT_NUMBER);
        member.seconds = number(MTIME, LONG_NUMBER);
        member.nanos = 0;
        boolean device = type == '3' || type == '4';
        member.major = device ? number(MAJOR, SHORT_NUMBER) : 0;
        member.minor = device ? number(MINOR, SHORT_NUMBER) : 0;
        member.stored = size;
        member.size = size;
        member.attributes = new TreeMap<>();
        member.pieces = new LongColumn();
        member.pieceCount = 0;
        member.sparse = type == 'S';
        if (member.sparse) {
            readOldMap();
            type = 0;
        }
        SparseHeader sparse = new SparseHeader();
        extend(global.values(), sparse);
        extend(local, sparse);
        if (type >= '1' && type <= '6') {
            member.stored = 0; // Whatever is said of a size: Go's reader and Python's look for no data there.
        }
        member.type = switch (type) {
            case 0, '0', '7' -> endsInSlash(member.name) ? (byte) '5' : 0;
            case 'D' -> (byte) '5';
            default -> type;
        };
        expect(member.stored);
        if (!sparse.isEmpty()) {
            readMap(sparse);
        }
        if (member.sparse) {
            checkMap();
        } else {
            member.size = member.stored;
        }
    }

    private static boolean endsInSlash(byte[] name) {
        return name.length > 0 && name[name.length - 1] == '/';
    }

    /** What extended headers say of sparse files. */
    private static final class SparseHeader {
        byte @Nullable [] name;
        long realSize = -1;
        byte @Nullable [] map;
        boolean inData;
        long pieceOffset = -1;

        boolean isEmpty() {
            return name == null && realSize < 0 && map == null && !inData;
        }
    }

    private void extend(Collection<PaxRecord> records, SparseHeader sparse) throws ErofsFormatException {
        for (PaxRecord one : records) {
            String keyword = one.keyword();
            switch (keyword) {
                case "path" -> member.name = one.value();
                case "linkpath" -> member.target = one.value();
                case "size" -> member.stored = one.number();
                case "uid" -> member.uid = one.number();
                case "gid" -> member.gid = one.number();
                case "mtime" -> {
                    member.seconds = one.seconds();
                    member.nanos = one.nanos();
                }
                case "GNU.sparse.major" -> sparse.inData = one.number() >= 1;
                case "GNU.sparse.name" -> sparse.name = one.value();
                case "GNU.sparse.realsize", "GNU.sparse.size" -> sparse.realSize = one.number();
                case "GNU.sparse.map" -> sparse.map = one.value();
                case "GNU.sparse.offset" -> sparse.pieceOffset = one.number();
                case "GNU.sparse.numbytes" -> addPiece(sparse.pieceOffset, one.number());
                default -> {
                    if (keyword.startsWith(ATTRIBUTE)) {
                        byte[] whole = one.keywordBytes();
                        Name attribute = Name.of(whole, ATTRIBUTE.length(), whole.length - ATTRIBUTE.length());
                        member.attributes.put(attribute, one.value());
                    }
                }
            }
        }
    }

    private void addPiece(long offset, long length) throws ErofsFormatException {
        if (member.pieceCount == MAX_PIECES) {
            throw new ErofsFormatException(ErofsWriter.text(member.name) + ": more than " + MAX_PIECES + " pieces");
        }
        member.pieces.add(offset);
        member.pieces.add(length);
        member.pieceCount++;
    }

    private void readOldMap() throws IOException {
        member.size = number(SPARSE_SIZE, LONG_NUMBER);
        boolean more = record[SPARSE_MORE] != 0;
        readPieces(SPARSE, SPARSE_COUNT);
        while (more) {
            if (in.readNBytes(record, 0, RECORD) < RECORD) {
                throw cutOff();
            }
            readPieces(0, EXTENSION_COUNT);
            more = record[EXTENSION_MORE] != 0;
        }
    }

    private void readPieces(int start, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            int at = start + 2 * i * LONG_NUMBER;
            if (record[at + LONG_NUMBER] == 0) {
                return;
            }
            addPiece(number(at, LONG_NUMBER), number(at + LONG_NUMBER, LONG_NUMBER));
        }
    }

    private void readMap(SparseHeader sparse) throws IOException {
        member.sparse = true;
        member.size = sparse.realSize;
        byte[] name = sparse.name;
        if (name != null) {
            member.name = name;
        }
        byte[] map = sparse.map;
        if (map != null) {
            readMap(map);
        } else if (sparse.inData) {
            long before = left;
            long count = mapNumber();
            for (long i = 0; i < count; i++) {
                long offset = mapNumber();
                addPiece(offset, mapNumber());
            }
            long used = before - left;
            long rest = -used & (RECORD - 1);
            if (rest > left) {
                throw cutOff();
            }
            in.skipNBytes(rest);
            left -= rest;
        }
    }

    /** Offsets and lengths in turns, with commas between. */
    private void readMap(byte[] map) throws ErofsFormatException {
        long offset = -1;
        int start = 0;
        for (int at = 0; at <= map.length; at++) {
            if (at < map.length && map[at] != ',') {
                continue;
            }
            long value = PaxRecord.number(new String(map, start, at - start, StandardCharsets.US_ASCII));
            start = at + 1;
            if (offset < 0) {
                offset = value;
            } else {
                addPiece(offset, value);
                offset = -1;
            }
        }
    }

    private long mapNumber() throws IOException {
        long value = 0;
        byte[] one = new byte[1];
        while (true) {
            if (read(one, 0, 1) != 1) {
                throw cutOff();
            }
            if (one[0] == '\n') {
                return value;
            }
            int digit = one[0] - '0';
            if (digit < 0 || digit > 9 || value > Long.MAX_VALUE / 16) {
                throw new ErofsFormatException(ErofsWriter.text(member.name) + ": a map of pieces that is none");
            }
            value = 10 * value + digit;
        }
    }

    private void checkMap() throws ErofsFormatException {
        long end = 0;
        long sum = 0;
        for (int i = 0; i < member.pieceCount; i++) {
            long offset = member.pieces.get(2 * i);
            long length = member.pieces.get(2 * i + 1);
            if (offset < end || length < 0 || length > member.size - offset) {
                throw new ErofsFormatException(
                        ErofsWriter.text(member.name) + ": pieces that do not follow each other");
            }
            end = offset + length;
            sum += length;
        }
        if (member.size < 0 || sum != left) {
            throw new ErofsFormatException(ErofsWriter.text(member.name) + ": pieces that are not the data");
        }
    }

    private static byte[] text(byte[] bytes) {
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return Arrays.copyOf(bytes, length);
    }

    private byte[] field(int start, int size) {
        return text(Arrays.copyOfRange(record, start, start + size));
    }

    /** Octal digits, or bytes of a binary number after a byte of 128 or 255. */
    private long number(int start, int size) throws ErofsFormatException {
        if (record[start] < 0) {
            long value = record[start] == -1 ? -1 : record[start] & 0x3F;
            for (int i = 1; i < size; i++) {
                if (value > Long.MAX_VALUE >> Byte.SIZE || value < Long.MIN_VALUE >> Byte.SIZE) {
                    throw new ErofsFormatException("a number in a tar header is too large");
                }
                value = (value << Byte.SIZE) | (record[start + i] & 0xFF);
            }
            return value;
        }
        long value = 0;
        boolean begun = false;
        for (int i = start; i < start + size; i++) {
            int digit = record[i] - '0';
            if (digit >= 0 && digit <= 7) {
                value = (value << 3) | digit;
                begun = true;
            } else if (begun || record[i] != ' ') {
                if (record[i] != ' ' && record[i] != 0) {
                    throw new ErofsFormatException("a number in a tar header is none");
                }
                break;
            }
        }
        return value;
    }
}
