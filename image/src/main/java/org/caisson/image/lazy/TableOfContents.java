package org.caisson.image.lazy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.LayerIndex;
import org.caisson.image.source.RangeSource;

/**
 * Fetches the table of contents of a layer, and compares its digest with what the manifest promised.
 *
 * @param text what it says
 * @param end where in the blob the data of files end at the latest
 */
record TableOfContents(Text text, long end) {
    /** The largest table, compressed and plain. */
    static final int LARGEST = 64 << 20;

    /** eStargz ends with a gzip member that has nothing but an extra field with the place of the table. */
    private static final int FOOTER = 51;

    private static final int FIRST_LOOK = 64 * 1024;
    private static final int RECORD = 512;
    private static final int NAME_SIZE = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_DIGITS = 11;
    private static final String NAME = "stargz.index.json";

    /** The text of a table. */
    static final class Text {
        private final byte[] bytes;

        private Text(byte[] bytes) {
            this.bytes = bytes;
        }

        byte[] bytes() {
            return bytes;
        }
    }

    static TableOfContents fetch(LayerIndex index, Descriptor blob, RangeSource source) throws IOException {
        try {
            return index.kind() == LayerIndex.Kind.ESTARGZ
                    ? estargz(index, blob, source)
                    : chunked(index, blob, source);
        } catch (java.util.zip.ZipException | EOFException e) {
            throw new ImageFormatException("its table of contents cannot be unpacked: " + e.getMessage(), e);
        }
    }

    private static TableOfContents estargz(LayerIndex index, Descriptor blob, RangeSource source) throws IOException {
        int looked = (int) Math.min(blob.size(), FIRST_LOOK);
        if (looked < FOOTER) {
            throw new ImageFormatException("it is too short for the eStargz layer that it should be");
        }
        long start = blob.size() - looked;
        byte[] last = source.range(blob, start, looked);
        long table = footer(Arrays.copyOfRange(last, looked - FOOTER, looked));
        long end = blob.size() - FOOTER;
        if (table < 0 || table >= end || end - table > LARGEST) {
            throw new ImageFormatException("its footer leads nowhere");
        }
        byte[] compressed = table >= start
                ? Arrays.copyOfRange(last, (int) (table - start), looked - FOOTER)
                : source.range(blob, table, (int) (end - table));
        byte[] text = member(compressed);
        if (!index.checksum().isOf(text)) {
            throw new ImageFormatException("its table of contents is another one than the manifest says");
        }
        return new TableOfContents(new Text(text), table);
    }

    private static long footer(byte[] footer) throws ImageFormatException {
        byte[] head = {0x1f, (byte) 0x8b, 8, 4};
        byte[] field = {26, 0, 'S', 'G', 22, 0};
        String said = new String(footer, 16, 22, StandardCharsets.US_ASCII);
        if (!Arrays.equals(footer, 0, 4, head, 0, 4)
                || !Arrays.equals(footer, 10, 16, field, 0, 6)
                || !said.matches("[0-9a-f]{16}STARGZ")) {
            throw new ImageFormatException("it does not end as an eStargz layer does");
        }
        return Long.parseUnsignedLong(said.substring(0, 16), 16);
    }

    /** The only file of a tar archive. */
    private static byte[] member(byte[] compressed) throws IOException {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            byte[] header = in.readNBytes(RECORD);
            if (header.length < RECORD) {
                throw new EOFException("no table");
            }
            String name = new String(header, 0, NAME_SIZE, StandardCharsets.ISO_8859_1);
            String digits = new String(header, SIZE_AT, SIZE_DIGITS, StandardCharsets.ISO_8859_1);
            if (!name.startsWith(NAME + "\0") || !digits.matches("[0-7]{11}")) {
                throw new ImageFormatException("where its table of contents should be there is something else");
            }
            long size = Long.parseLong(digits, 8);
            if (size > LARGEST) {
                throw new ImageFormatException("its table of contents has " + size + " bytes");
            }
            byte[] text = in.readNBytes((int) size);
            if (text.length < size) {
                throw new EOFException("the table is cut off");
            }
            return text;
        }
    }

    private static TableOfContents chunked(LayerIndex index, Descriptor blob, RangeSource source) throws IOException {
        if (index.length() > LARGEST
                || index.plainLength() > LARGEST
                || index.length() == 0
                || index.position() > blob.size() - index.length()) {
            throw new ImageFormatException("its table of contents is outside of it, or larger than " + LARGEST);
        }
        byte[] compressed = source.range(blob, index.position(), (int) index.length());
        if (!index.checksum().isOf(compressed)) {
            throw new ImageFormatException("its table of contents is another one than the manifest says");
        }
        try {
            byte[] text = Zstd.decompress(compressed, (int) index.plainLength());
            if (text.length != index.plainLength()) {
                throw new ImageFormatException("its table of contents has another length than the manifest says");
            }
            return new TableOfContents(new Text(text), index.position());
        } catch (ZstdException e) {
            throw new ImageFormatException("its table of contents cannot be unpacked: " + e.getMessage(), e);
        }
    }
}
