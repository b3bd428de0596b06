package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.caisson.image.erofs.ErofsEntry;
import org.caisson.image.erofs.ErofsFormatException;
import org.caisson.image.erofs.ErofsImageFile;
import org.caisson.image.erofs.ErofsProfile;
import org.caisson.image.erofs.ErofsWriter;
import org.caisson.image.erofs.LayerOutline;
import org.caisson.image.erofs.LayerOutline.Member;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Shown;

/**
 * Makes outline and chunk table of a table of contents, which is not trusted: what does not fit together is refused. It is read twice, so
 * that no more than one entry and the one before are in memory: first for where data begin, then for what is to be written.
 */
final class OutlineBuilder {
    private static final long MOST_ID = 0xFFFF_FFFEL;
    private static final long MOST_DEVICE = 0xFFFFF;

    private static final int FEW = 1024;

    private final byte[] table;
    private final ChunkTableWriter chunks;

    /** Where something of the blob begins, in order; the last is the end of all data. */
    private long[] boundaries = new long[FEW];

    private int known;

    /** The file to which pieces may come, and the last piece that came, of which the next one tells the length. */
    private TocEntry file = new TocEntry();

    private TocEntry piece = file;

    /** Where the file's data go in the outline; -1 if it has none. */
    private long place = -1;

    /** Data are in the blob before {@code end}. */
    OutlineBuilder(byte[] table, long end, ChunkTableWriter chunks) throws IOException {
        this.table = table;
        this.chunks = chunks;
        TocReader.read(table, entry -> addBoundary(Math.min(entry.offset, end)));
        addBoundary(end);
        boundaries = Arrays.copyOf(boundaries, known);
        Arrays.sort(boundaries);
    }

    private void addBoundary(long offset) {
        if (known == boundaries.length) {
            boundaries = Arrays.copyOf(boundaries, 2 * known);
        }
        boundaries[known++] = offset;
    }

    /** Writes the image. */
    void write(Path outline) throws IOException {
        Path directory = outline.toAbsolutePath().getParent();
        try (ErofsImageFile image = ErofsImageFile.in(java.util.Objects.requireNonNull(directory));
                ErofsWriter writer = new ErofsWriter(image, ErofsProfile.OUTLINE, Long.MAX_VALUE)) {
            LayerOutline members = new LayerOutline(writer);
            TocReader.read(table, entry -> add(members, entry));
            endPiece(file.size);
            writer.finish();
            image.publish(outline);
        } catch (ErofsFormatException e) {
            throw new ImageFormatException(String.valueOf(e.getMessage()), e);
        }
    }

    private void add(LayerOutline members, TocEntry entry) throws IOException {
        if (!entry.type.equals("chunk")) {
            endPiece(file.size);
            file = entry;
            piece = entry;
            place = addMember(members, entry);
        } else if (entry.name.equals(file.name) && file.type.equals("reg")) {
            endPiece(entry.chunkOffset);
            piece = entry;
        } else {
            throw wrong(entry, "a piece of no file");
        }
    }

    /** Where data of a member go; -1 if there are none. */
    private static long addMember(LayerOutline members, TocEntry told) throws IOException {
        if (told.uid > MOST_ID || told.gid > MOST_ID || told.major > MOST_DEVICE || told.minor > MOST_DEVICE) {
            throw wrong(told, "an owner or a device that there cannot be");
        }
        byte type = switch (told.type) {
            case "reg" -> Member.FILE;
            case "hardlink" -> Member.LINK;
            case "symlink" -> Member.SYMLINK;
            case "char" -> Member.CHARACTER_DEVICE;
            case "block" -> Member.BLOCK_DEVICE;
            case "dir" -> Member.DIRECTORY;
            case "fifo" -> Member.PIPE;
            default -> throw wrong(told, "of a type that is not known");
        };
        ErofsEntry entry = new ErofsEntry();
        entry.mode = (int) (told.mode & 07777);
        entry.uid = (int) told.uid;
        entry.gid = (int) told.gid;
        entry.seconds = told.seconds;
        entry.nanos = told.nanos;
        entry.attributes = told.attributes;
        long size = type == Member.FILE ? told.size : 0;
        Member member = new Member(type, told.name, told.target, size, (int) told.major, (int) told.minor);
        return members.add(member, entry);
    }

    /** Adds the last piece that came, if it is one, which ends at a place of the file. */
    private void endPiece(long end) throws IOException {
        if (place < 0) {
            return;
        }
        long length = end - piece.chunkOffset;
        boolean first = piece == file;
        if ((first && piece.chunkOffset != 0) || length <= 0 || (piece.chunkSize != 0 && piece.chunkSize != length)) {
            throw wrong(file, "pieces that do not make up the file");
        }
        if (piece.zeros) {
            return;
        }
        long blobEnd = piece.endOffset == 0 ? next(piece.offset) : piece.endOffset;
        long blobLength = blobEnd - piece.offset;
        if (blobEnd > boundaries[boundaries.length - 1] || blobLength <= 0) {
            throw wrong(file, "data outside of the blob");
        }
        if (length > ChunkTable.LARGEST || blobLength > ChunkTable.LARGEST || piece.innerOffset > ChunkTable.LARGEST) {
            throw wrong(file, "a piece of more than " + ChunkTable.LARGEST + " bytes");
        }
        boolean only = first && end == file.size;
        chunks.add(
                place + piece.chunkOffset,
                (int) length,
                piece.offset,
                (int) blobLength,
                (int) piece.innerOffset,
                hash(file, piece, only));
    }

    private long next(long offset) {
        int found = Arrays.binarySearch(boundaries, offset);
        int at = found < 0 ? -found - 1 : found;
        while (at < boundaries.length && boundaries[at] <= offset) {
            at++;
        }
        return at < boundaries.length ? boundaries[at] : -1;
    }

    private static byte[] hash(TocEntry file, TocEntry piece, boolean only) throws ImageFormatException {
        String text = piece.chunkDigest.isEmpty() && only ? file.digest : piece.chunkDigest;
        if (text.isEmpty()) {
            throw wrong(file, "without a digest");
        }
        Digest digest = Digest.parse(text);
        if (digest.algorithm() != Digest.Algorithm.SHA256) {
            throw wrong(file, "a digest that is no sha256");
        }
        return HexFormat.of().parseHex(digest.hex());
    }

    private static ImageFormatException wrong(TocEntry entry, String what) {
        return new ImageFormatException("its table of contents: " + Shown.of(entry.name) + ": " + what);
    }
}
