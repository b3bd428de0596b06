package org.caisson.image.store;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.vfs.erofs.ErofsLayout;

/**
 * Writes an EROFS image that somebody else made to a file as it comes. It may have been compressed a thousandfold: zeros take no room, and
 * what is no image, or goes on behind its end, is refused before it has come.
 */
final class AdoptedImage {
    private static final int PIECE = 1 << 14;
    private static final int HEAD = ErofsLayout.SUPERBLOCK + ErofsLayout.SUPERBLOCK_SIZE;

    private AdoptedImage() {}

    /** Writes it to a file that does not exist yet. */
    static void write(InputStream image, Path file) throws IOException {
        byte[] piece = new byte[PIECE];
        int count = image.readNBytes(piece, 0, PIECE);
        long end = end(piece, count);
        long position = 0;
        Files.createFile(file);
        try (SparseOutput out = new SparseOutput(file)) {
            while (count > 0) {
                position += count;
                if (position > end) {
                    throw new ImageFormatException(
                            "the image goes on behind the " + end + " bytes that it says it has");
                }
                out.write(piece, 0, count);
                count = image.readNBytes(piece, 0, PIECE);
            }
        }
    }

    /** Where the image ends, by its superblock. */
    private static long end(byte[] start, int length) throws ImageFormatException {
        if (length < HEAD) {
            throw new ImageFormatException("the file is too small for an image");
        }
        MemorySegment block = MemorySegment.ofArray(start).asSlice(ErofsLayout.SUPERBLOCK);
        if (block.get(ErofsLayout.U32, ErofsLayout.SB_MAGIC) != ErofsLayout.MAGIC) {
            throw new ImageFormatException("the file is no image: its magic number is another one");
        }
        int bits = start[ErofsLayout.SUPERBLOCK + ErofsLayout.SB_BLOCK_BITS];
        if (bits < 0 || bits > Short.SIZE) {
            throw new ImageFormatException("the image has blocks of 2^" + bits + " bytes");
        }
        return Integer.toUnsignedLong(block.get(ErofsLayout.U32, ErofsLayout.SB_BLOCKS)) << bits;
    }
}
