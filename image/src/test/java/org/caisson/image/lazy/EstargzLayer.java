package org.caisson.image.lazy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.JsonObject;

/** Writes eStargz layers as the format's description says, and such as no honest writer would. */
final class EstargzLayer {
    private final ByteArrayOutputStream blob = new ByteArrayOutputStream();
    private final ByteArrayOutputStream tar = new ByteArrayOutputStream();
    private final ByteArrayOutputStream member = new ByteArrayOutputStream();

    /** What the table will say; tests change it before the end. */
    final List<Map<String, Object>> entries = new ArrayList<>();

    private Digest tableDigest = Digest.of(new byte[0]);

    EstargzLayer() {}

    EstargzLayer directory(String name) throws IOException {
        header(name + "/", '5', 0755, 0, "");
        entries.add(entry("dir", name + "/", 0755));
        return this;
    }

    EstargzLayer symlink(String name, String target) throws IOException {
        header(name, '2', 0777, 0, target);
        Map<String, Object> entry = entry("symlink", name, 0777);
        entry.put("linkName", target);
        entries.add(entry);
        return this;
    }

    EstargzLayer hardlink(String name, String target) throws IOException {
        header(name, '1', 0644, 0, target);
        Map<String, Object> entry = entry("hardlink", name, 0644);
        entry.put("linkName", target);
        entries.add(entry);
        return this;
    }

    /** A file in pieces of so many bytes, each in a gzip member of its own. */
    EstargzLayer file(String name, int mode, byte[] content, int piece) throws IOException {
        header(name, '0', mode, content.length, "");
        Map<String, Object> entry = entry("reg", name, mode);
        entry.put("size", (long) content.length);
        entry.put("digest", Digest.of(content).toString());
        for (int at = 0; at < content.length; at += piece) {
            if (at > 0) {
                entry = new LinkedHashMap<>();
                entry.put("type", "chunk");
                entry.put("name", name);
                entry.put("chunkOffset", (long) at);
            }
            endMember();
            int length = Math.min(piece, content.length - at);
            byte[] bytes = java.util.Arrays.copyOfRange(content, at, at + length);
            plain(bytes, length);
            entry.put("offset", (long) blob.size());
            entry.put("chunkDigest", Digest.of(bytes).toString());
            if (content.length > piece) {
                entry.put("chunkSize", (long) length);
            }
            entries.add(entry);
        }
        if (content.length == 0) {
            entries.add(entry);
        }
        pad(content.length);
        return this;
    }

    private static Map<String, Object> entry(String type, String name, int mode) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", name);
        entry.put("type", type);
        entry.put("mode", (long) mode);
        entry.put("modtime", "2024-05-06T07:08:09Z");
        return entry;
    }

    /** Gives the last entry an attribute, which the archive does not have. */
    EstargzLayer attribute(String name, byte[] value) {
        entries.getLast().put("xattrs", Map.of(name, Base64.getEncoder().encodeToString(value)));
        return this;
    }

    private void plain(byte[] bytes, int length) {
        tar.write(bytes, 0, length);
        member.write(bytes, 0, length);
    }

    private void pad(int size) {
        plain(new byte[-size & 511], -size & 511);
    }

    private void endMember() throws IOException {
        if (member.size() > 0) {
            try (GZIPOutputStream gzip = new GZIPOutputStream(blob)) {
                member.writeTo(gzip);
            }
            member.reset();
        }
    }

    private void header(String name, char type, int mode, long size, String target) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, String.format("%07o", mode));
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, String.format("%011o", size));
        put(
                header,
                136,
                String.format(
                        "%011o", java.time.Instant.parse("2024-05-06T07:08:09Z").getEpochSecond()));
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 157, target);
        put(header, 257, "ustar\0" + "00");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        put(header, 148, String.format("%06o\0 ", sum));
        plain(header, header.length);
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    /** Ends the layer: the table, and the footer that leads to it. */
    byte[] finish() throws IOException {
        return finish(JsonObject.bytes(Map.of("version", 1L, "entries", entries)));
    }

    byte[] finish(byte[] table) throws IOException {
        tableDigest = Digest.of(table);
        endMember();
        long place = blob.size();
        header("stargz.index.json", '0', 0444, table.length, "");
        plain(table, table.length);
        pad(table.length);
        plain(new byte[1024], 1024);
        endMember();
        byte[] footer = new byte[51];
        byte[] start = {0x1f, (byte) 0x8b, 8, 4, 0, 0, 0, 0, 0, (byte) 0xff, 26, 0, 'S', 'G', 22, 0};
        System.arraycopy(start, 0, footer, 0, start.length);
        put(footer, 16, String.format("%016xSTARGZ", place));
        byte[] end = {1, 0, 0, (byte) 0xff, (byte) 0xff};
        System.arraycopy(end, 0, footer, 38, end.length);
        CRC32 nothing = new CRC32();
        assert nothing.getValue() == 0;
        blob.writeBytes(footer);
        return blob.toByteArray();
    }

    /** What the manifest says of the table. */
    Digest tableDigest() {
        return tableDigest;
    }

    /** Of the plain archive, after the end. */
    Digest diffId() {
        return Digest.of(tar.toByteArray());
    }
}
