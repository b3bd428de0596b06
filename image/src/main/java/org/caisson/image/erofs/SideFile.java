package org.caisson.image.erofs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.caisson.vfs.erofs.ErofsLayout;

/**
 * What is known of an image and has no place in it: the SHA-256 digest of each file's data. Files with holes and empty ones have none.
 *
 * <pre>
 *  0  magic, "CsnSide", and the version, one byte
 *  8  u32 how many digests, u32 zero
 * 16  u64 how long the image is, in bytes
 * 24  of each digest, in the order of the nids: u32 nid, u64 size of the file, 32 bytes
 *     the SHA-256 digest of all that
 * </pre>
 *
 * <p>Numbers are little endian. It can be made again of the image.
 */
public final class SideFile implements AutoCloseable {
    static final byte[] MAGIC = {'C', 's', 'n', 'S', 'i', 'd', 'e', 1};
    static final int HEADER = 24;
    static final int ENTRY = Integer.BYTES + Long.BYTES + FileDigests.DIGEST;

    private static final int COUNT = 8;
    private static final int RESERVED = 12;
    private static final int IMAGE_SIZE = 16;
    private static final int ENTRY_SIZE = Integer.BYTES;
    private static final int ENTRY_DIGEST = ENTRY_SIZE + Long.BYTES;
    private static final int MOST_FILES = 1 << 29;

    private final Arena arena;
    private final MemorySegment bytes;
    private final int count;

    private SideFile(Arena arena, MemorySegment bytes) throws ErofsFormatException {
        this.arena = arena;
        this.bytes = bytes;
        long rest = bytes.byteSize() - HEADER - FileDigests.DIGEST;
        if (rest < 0 || bytes.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) {
            throw new ErofsFormatException("no side file of an image, or of another version");
        }
        count = bytes.get(ErofsLayout.U32, COUNT);
        boolean known = count >= 0 && count <= MOST_FILES && bytes.get(ErofsLayout.U32, RESERVED) == 0;
        if (!known || rest != (long) count * ENTRY) {
            throw new ErofsFormatException("a side file whose length is another one than it says");
        }
        MessageDigest computation = sha256();
        computation.update(bytes.asSlice(0, HEADER + rest).asByteBuffer());
        if (bytes.asSlice(HEADER + rest).mismatch(MemorySegment.ofArray(computation.digest())) >= 0) {
            throw new ErofsFormatException("a side file with other content than when it was made");
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads one. */
    public static SideFile open(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new ErofsFormatException("a side file of more than 2 GiB");
            }
            return new SideFile(arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** How long the image is that it speaks of, in bytes. */
    public long imageSize() {
        return bytes.get(ErofsLayout.U64, IMAGE_SIZE);
    }

    /** How many files have a digest. */
    public int count() {
        return count;
    }

    private static long entry(int index) {
        return HEADER + (long) index * ENTRY;
    }

    /** Which file the one of an index is; they are sorted by that. */
    public long nid(int index) {
        return Integer.toUnsignedLong(bytes.get(ErofsLayout.U32, entry(index)));
    }

    /** How long it is, in bytes. */
    public long size(int index) {
        return bytes.get(ErofsLayout.U64, entry(index) + ENTRY_SIZE);
    }

    /** The SHA-256 digest of its data. */
    public byte[] digest(int index) {
        return bytes.asSlice(entry(index) + ENTRY_DIGEST, FileDigests.DIGEST).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public void close() {
        arena.close();
    }
}
