package org.caisson.image.erofs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;

/**
 * Reads a tar archive into an image. What is compressed must be decompressed before.
 *
 * <p>In a layer of an OCI image, whiteouts become what overlayfs knows: {@code .wh.NAME} a character device 0/0, {@code .wh..wh..opq} the
 * attribute {@code trusted.overlay.opaque}; attributes that speak to overlayfs in the layer itself are left out, for whoever wrote it is not
 * to be trusted with that.
 */
public final class TarImport {
    private static final int PIECE = 1 << 17;
    private static final byte[] WHITEOUT = ".wh.".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] META = ".wh..wh.".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OPAQUE = ".wh..wh..opq".getBytes(StandardCharsets.US_ASCII);
    private static final Name OVERLAY = Name.of("trusted.overlay.");
    private static final Name OVERLAY_END = Name.of("trusted.overlay/");

    private static final long MAX_ID = 0xFFFF_FFFEL;

    private final TarReader tar;
    private final ErofsWriter image;
    private final boolean layer;
    private final ErofsEntry entry = new ErofsEntry();
    private final byte[] buffer = new byte[PIECE];

    private TarImport(InputStream in, ErofsWriter image, boolean layer) {
        tar = new TarReader(in);
        this.image = image;
        this.layer = layer;
    }

    /** Adds all of an archive, whose names mean what they say. */
    public static void archive(InputStream in, ErofsWriter image) throws IOException {
        new TarImport(in, image, false).run();
    }

    /** Adds all of a layer, whose names may be whiteouts. */
    public static void layer(InputStream in, ErofsWriter image) throws IOException {
        new TarImport(in, image, true).run();
    }

    /** For members of a layer that come from elsewhere. */
    static TarImport ofMembers(ErofsWriter image) {
        return new TarImport(InputStream.nullInputStream(), image, true);
    }

    private void run() throws IOException {
        TarMember member = tar.next();
        while (member != null) {
            if (add(member)) {
                addData(member);
            }
            member = tar.next();
        }
    }

    /** Takes what says something about other files. */
    private boolean isMarker(TarMember member) throws IOException {
        byte[] path = member.name;
        int end = path.length;
        while (end > 0 && path[end - 1] == '/') {
            end--;
        }
        int start = end;
        while (start > 0 && path[start - 1] != '/') {
            start--;
        }
        byte[] name = Arrays.copyOfRange(path, start, end);
        if (!starts(name, WHITEOUT)) {
            return false;
        }
        if (member.type != 0) {
            throw new ErofsFormatException(
                    ErofsWriter.text(path) + ": a layer cannot hold a name that begins with .wh. but for markers");
        }
        byte[] directory = Arrays.copyOf(path, start);
        if (Arrays.equals(name, OPAQUE)) {
            image.opaque(directory);
            return true;
        }
        if (starts(name, META) && name.length > META.length) {
            return true; // what aufs kept for itself
        }
        byte[] victim = Arrays.copyOfRange(name, WHITEOUT.length, name.length);
        boolean dots = Arrays.equals(victim, new byte[] {'.'}) || Arrays.equals(victim, new byte[] {'.', '.'});
        if (victim.length == 0 || dots) {
            throw new ErofsFormatException(
                    ErofsWriter.text(path) + ": a whiteout of the directory itself or the one above");
        }
        byte[] whole = Arrays.copyOf(directory, start + victim.length);
        System.arraycopy(victim, 0, whole, start, victim.length);
        image.whiteout(whole);
        return true;
    }

    private static boolean starts(byte[] name, byte[] prefix) {
        return name.length >= prefix.length && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** Adds a member; true if it is a regular file whose data are to follow. */
    boolean add(TarMember member) throws IOException {
        if (layer && isMarker(member)) {
            return false;
        }
        int type = type(member);
        if (type == 0) {
            if (layer) {
                image.linkBelow(member.name, member.target);
            } else {
                image.link(member.name, member.target);
            }
            return false;
        }
        describe(member, type);
        switch (type) {
            case StatMode.S_IFDIR -> image.directory(member.name, entry);
            case StatMode.S_IFLNK -> image.symlink(member.name, entry, member.target);
            case StatMode.S_IFREG -> image.file(member.name, entry, member.size, member.sparse);
            default -> image.special(member.name, entry);
        }
        return type == StatMode.S_IFREG;
    }

    /** The type bits of a mode; 0 for another name of a file. */
    private static int type(TarMember member) throws ErofsFormatException {
        return switch (member.type) {
            case 0 -> StatMode.S_IFREG;
            case '1' -> 0;
            case '2' -> StatMode.S_IFLNK;
            case '3' -> StatMode.S_IFCHR;
            case '4' -> StatMode.S_IFBLK;
            case '5' -> StatMode.S_IFDIR;
            case '6' -> StatMode.S_IFIFO;
            default ->
                throw new ErofsFormatException(
                        ErofsWriter.text(member.name) + ": of a type that is not known: " + member.type);
        };
    }

    private void describe(TarMember member, int type) throws ErofsFormatException {
        if (member.uid < 0 || member.uid > MAX_ID || member.gid < 0 || member.gid > MAX_ID) {
            throw new ErofsFormatException(ErofsWriter.text(member.name) + ": an owner that no file can have");
        }
        if (member.major < 0 || member.major > 0xFFF || member.minor < 0 || member.minor > 0xFFFFF) {
            throw new ErofsFormatException(ErofsWriter.text(member.name) + ": a device that there cannot be");
        }
        entry.mode = type | (type == StatMode.S_IFLNK ? 0777 : member.mode);
        entry.uid = (int) member.uid;
        entry.gid = (int) member.gid;
        entry.seconds = member.seconds;
        entry.nanos = member.nanos;
        // new_encode_dev of linux/kdev_t.h
        entry.device = (int) ((member.minor & 0xFF) | (member.major << 8) | ((member.minor & ~0xFFL) << 12));
        // Docker, too, goes on without attributes of kinds that the file system does not know.
        member.attributes.keySet().removeIf(name -> !XattrTable.isKnown(name));
        if (layer) {
            member.attributes.subMap(OVERLAY, OVERLAY_END).clear();
        }
        entry.attributes = member.attributes;
    }

    private void addData(TarMember member) throws IOException {
        if (!member.sparse) {
            copy(member.size);
        } else {
            long at = 0;
            for (int i = 0; i < member.pieceCount; i++) {
                image.skip(member.pieces.get(2 * i) - at);
                copy(member.pieces.get(2 * i + 1));
                at = member.pieces.get(2 * i) + member.pieces.get(2 * i + 1);
            }
            image.skip(member.size - at);
        }
        image.end();
    }

    private void copy(long length) throws IOException {
        long done = 0;
        while (done < length) {
            int count = tar.read(buffer, 0, (int) Math.min(PIECE, length - done));
            image.write(buffer, 0, count);
            done += count;
        }
    }
}
