package org.caisson.image.layer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipEncoding;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;
import org.caisson.vfs.Name;

/**
 * Writes a tar archive in the pax format, of one form for one content: an extended header tells what the plain header has no room for,
 * and extended attributes under {@code SCHILY.xattr.}. Numbers that do not fit are 0 in the plain header.
 *
 * <p>The library's own stream takes values of extended headers as text only, so that the framing is done here.
 */
final class TarWriter {
    private static final int RECORD = 512;
    private static final int NAME_ROOM = TarConstants.NAMELEN;

    /** The greatest id and the greatest size and time of a plain header. */
    private static final long MAX_ID = TarConstants.MAXID;

    private static final long MAX_LONG = TarConstants.MAXSIZE;

    private static final byte[] ATTRIBUTE = "SCHILY.xattr.".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EXTENDED = "./PaxHeaders/".getBytes(StandardCharsets.US_ASCII);

    /** Chars are bytes. */
    private static final ZipEncoding BYTES = ZipEncodingHelper.getZipEncoding(StandardCharsets.ISO_8859_1);

    private static final byte[] ZEROS = new byte[RECORD];

    private final OutputStream out;
    private final PaxHeader extended = new PaxHeader();
    private final byte[] record = new byte[RECORD];
    private final TarEntry extendedEntry = new TarEntry();

    /** How many bytes there are so far. */
    private long written;

    TarWriter(OutputStream out) {
        this.out = out;
    }

    /** Begins an entry; data of its size are to be written next. */
    void begin(TarEntry entry) throws IOException {
        extend(entry);
        if (!extended.isEmpty()) {
            byte[] records = extended.toByteArray();
            extendedEntry.clear(TarConstants.LF_PAX_EXTENDED_HEADER_LC, extendedName(entry.name));
            extendedEntry.mode = 0644;
            extendedEntry.size = records.length;
            writeHeader(extendedEntry);
            write(records, 0, records.length);
            end();
        }
        writeHeader(entry);
    }

    private static byte[] extendedName(byte[] name) {
        byte[] joined = Arrays.copyOf(EXTENDED, Math.min(NAME_ROOM, EXTENDED.length + name.length));
        System.arraycopy(name, 0, joined, EXTENDED.length, joined.length - EXTENDED.length);
        if (joined[joined.length - 1] == '/') {
            return Arrays.copyOf(joined, joined.length - 1);
        }
        return joined;
    }

    private void extend(TarEntry entry) throws IOException {
        extended.clear();
        if (!fits(entry.name)) {
            extended.addPath("path", entry.name);
        }
        if (!fits(entry.target)) {
            extended.addPath("linkpath", entry.target);
        }
        if (entry.uid > MAX_ID) {
            extended.add("uid", Long.toString(entry.uid));
        }
        if (entry.gid > MAX_ID) {
            extended.add("gid", Long.toString(entry.gid));
        }
        if (entry.size > MAX_LONG) {
            extended.add("size", Long.toString(entry.size));
        }
        if (entry.modifyNanos != 0 || entry.modifySeconds < 0 || entry.modifySeconds > MAX_LONG) {
            extended.addTime("mtime", entry.modifySeconds, entry.modifyNanos);
        }
        for (Map.Entry<Name, byte[]> attribute : entry.attributes.entrySet()) {
            extended.add(keyword(entry, attribute.getKey()), attribute.getValue());
        }
    }

    private static byte[] keyword(TarEntry entry, Name attribute) throws LayerFormatException {
        byte[] name = attribute.toByteArray();
        for (byte one : name) {
            if (one == '=') {
                throw new LayerFormatException(new String(entry.name, StandardCharsets.UTF_8)
                        + ": a tar archive cannot hold the extended attribute " + attribute
                        + ", because of the = in its name");
            }
        }
        byte[] keyword = Arrays.copyOf(ATTRIBUTE, ATTRIBUTE.length + name.length);
        System.arraycopy(name, 0, keyword, ATTRIBUTE.length, name.length);
        return keyword;
    }

    /** Whether a name is short enough for a plain header, and of a character set that all readers agree on. */
    private static boolean fits(byte[] name) {
        for (byte one : name) {
            if (one < 0) {
                return false;
            }
        }
        return name.length <= NAME_ROOM;
    }

    private void writeHeader(TarEntry entry) throws IOException {
        TarArchiveEntry header = new TarArchiveEntry(plain(entry.name), entry.type, true);
        header.setUserName("");
        header.setGroupName("");
        header.setMode(entry.mode);
        header.setUserId(entry.uid > MAX_ID ? 0 : entry.uid);
        header.setGroupId(entry.gid > MAX_ID ? 0 : entry.gid);
        header.setSize(entry.size > MAX_LONG ? 0 : entry.size);
        boolean fits = entry.modifySeconds >= 0 && entry.modifySeconds <= MAX_LONG;
        header.setLastModifiedTime(FileTime.from(fits ? entry.modifySeconds : 0, TimeUnit.SECONDS));
        header.setLinkName(plain(entry.target));
        header.setDevMajor(entry.major);
        header.setDevMinor(entry.minor);
        header.writeEntryHeader(record, BYTES, false);
        write(record, 0, RECORD);
    }

    private static String plain(byte[] name) {
        return new String(name, 0, Math.min(name.length, NAME_ROOM), StandardCharsets.ISO_8859_1);
    }

    /** Writes data of the entry that was begun. */
    void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
        written += length;
    }

    /** Ends an entry, all of whose data were written. */
    void end() throws IOException {
        int rest = (int) (written % RECORD);
        if (rest != 0) {
            write(ZEROS, 0, RECORD - rest);
        }
    }

    /** Ends the archive: two records of zeros. */
    void finish() throws IOException {
        write(ZEROS, 0, RECORD);
        write(ZEROS, 0, RECORD);
        out.flush();
    }
}
