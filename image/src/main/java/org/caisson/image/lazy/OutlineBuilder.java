package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
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

/** Makes outline and chunk table of a table of contents, which is not trusted: what does not fit together is refused. */
final class OutlineBuilder {
    private static final long MOST_ID = 0xFFFF_FFFEL;
    private static final long MOST_DEVICE = 0xFFFFF;

    private final List<TocEntry> entries;
    private final ChunkTableWriter chunks;

    /** Where something of the blob begins, in order; the last is the end of all data. */
    private final long[] boundaries;

    /** Data are in the blob before {@code end}. */
    OutlineBuilder(List<TocEntry> entries, long end, ChunkTableWriter chunks) {
        this.chunks = chunks;
        this.entries = entries;
        boundaries = new long[entries.size() + 1];
        for (int i = 0; i < entries.size(); i++) {
            boundaries[i] = Math.min(entries.get(i).offset, end);
        }
        boundaries[entries.size()] = end;
        Arrays.sort(boundaries);
    }

    /** Writes the image. */
    void write(Path outline) throws IOException {
        Path directory = outline.toAbsolutePath().getParent();
        try (ErofsImageFile image = ErofsImageFile.in(java.util.Objects.requireNonNull(directory));
                ErofsWriter writer = new ErofsWriter(image, ErofsProfile.OUTLINE, Long.MAX_VALUE)) {
            LayerOutline members = new LayerOutline(writer);
            int at = 0;
            while (at < entries.size()) {
                TocEntry entry = entries.get(at++);
                List<TocEntry> pieces = new ArrayList<>(List.of(entry));
                while (at < entries.size() && entries.get(at).type.equals("chunk")) {
                    TocEntry piece = entries.get(at++);
                    if (!piece.name.equals(entry.name) || !entry.type.equals("reg")) {
                        throw wrong(piece, "a piece of no file");
                    }
                    pieces.add(piece);
                }
                add(members, entry, pieces);
            }
            writer.finish();
            image.publish(outline);
        } catch (ErofsFormatException e) {
            throw new ImageFormatException(String.valueOf(e.getMessage()), e);
        }
    }

    private void add(LayerOutline members, TocEntry told, List<TocEntry> pieces) throws IOException {
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
        long place = members.add(member, entry);
        if (place >= 0) {
            addPieces(told, pieces, place);
        }
    }

    private void addPieces(TocEntry file, List<TocEntry> pieces, long place) throws IOException {
        long at = 0;
        for (int i = 0; i < pieces.size(); i++) {
            TocEntry piece = pieces.get(i);
            long end = i + 1 < pieces.size() ? pieces.get(i + 1).chunkOffset : file.size;
            long length = end - at;
            if (piece.chunkOffset != at || length <= 0 || (piece.chunkSize != 0 && piece.chunkSize != length)) {
                throw wrong(file, "pieces that do not make up the file");
            }
            at = end;
            if (piece.zeros) {
                continue;
            }
            long blobEnd = piece.endOffset == 0 ? next(piece.offset) : piece.endOffset;
            long blobLength = blobEnd - piece.offset;
            if (blobEnd > boundaries[boundaries.length - 1] || blobLength <= 0) {
                throw wrong(file, "data outside of the blob");
            }
            if (length > ChunkTable.LARGEST
                    || blobLength > ChunkTable.LARGEST
                    || piece.innerOffset > ChunkTable.LARGEST) {
                throw wrong(file, "a piece of more than " + ChunkTable.LARGEST + " bytes");
            }
            chunks.add(
                    place + piece.chunkOffset,
                    (int) length,
                    piece.offset,
                    (int) blobLength,
                    (int) piece.innerOffset,
                    hash(file, piece, pieces.size() == 1));
        }
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
