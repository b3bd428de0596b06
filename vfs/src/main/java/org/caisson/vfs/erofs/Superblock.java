package org.caisson.vfs.erofs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.FileSystemLog;

/**
 * What is said of an image as a whole ({@code struct erofs_super_block}).
 *
 * @param blockBits a block is this power of two of bytes
 * @param rootNid where the root's inode is, as all nids
 * @param inodes how many files there are
 * @param epoch the time of compact inodes, in seconds since 1970
 * @param nanos the nanoseconds of that time
 * @param blocks how many blocks the image has, without further devices
 * @param metaStart where nid 0 is in the file, in bytes
 * @param xattrStart where shared attribute 0 is in the file, in bytes
 * @param id the two words of the UUID, one exclusive-or the other
 * @param devices how many further devices there are
 * @param deviceTable where they are described, in bytes
 * @param prefixes how many long prefixes of attribute names there are
 * @param prefixTable where they are, in bytes
 */
record Superblock(
        int blockBits,
        long rootNid,
        long inodes,
        long epoch,
        int nanos,
        long blocks,
        long metaStart,
        long xattrStart,
        long id,
        int devices,
        long deviceTable,
        int prefixes,
        long prefixTable) {
    private static final int SMALLEST_BLOCK_BITS = 9;
    private static final int LARGEST_BLOCK_BITS = 16;
    private static final int KNOWN = ErofsLayout.INCOMPAT_COMPRESSION
            | ErofsLayout.INCOMPAT_CHUNKED_FILE
            | ErofsLayout.INCOMPAT_DEVICE_TABLE
            | ErofsLayout.INCOMPAT_XATTR_PREFIXES;

    /**
     * Reads and checks it.
     *
     * @throws ErrnoException EINVAL for what is no image, EBADMSG for a wrong checksum, EOPNOTSUPP for an image of a newer kind
     */
    static Superblock read(MemorySegment file, FileSystemLog log) throws ErrnoException {
        if (file.byteSize() < ErofsLayout.SUPERBLOCK + ErofsLayout.SUPERBLOCK_SIZE) {
            throw refuse(log, Errno.EINVAL, "the file is too small for an image");
        }
        MemorySegment block = file.asSlice(ErofsLayout.SUPERBLOCK);
        if (block.get(ErofsLayout.U32, ErofsLayout.SB_MAGIC) != ErofsLayout.MAGIC) {
            throw refuse(log, Errno.EINVAL, "the file is no image: its magic number is another one");
        }
        int bits = u8(block, ErofsLayout.SB_BLOCK_BITS);
        if (bits < SMALLEST_BLOCK_BITS || bits > LARGEST_BLOCK_BITS) {
            throw refuse(log, Errno.EINVAL, "blocks of 2^" + bits + " bytes");
        }
        if (u8(block, ErofsLayout.SB_DIRECTORY_BLOCK_BITS) != 0) {
            throw refuse(log, Errno.EINVAL, "directories with blocks of their own size");
        }
        int compatible = block.get(ErofsLayout.U32, ErofsLayout.SB_FEATURE_COMPAT);
        if ((compatible & ErofsLayout.COMPAT_CHECKSUM) != 0 && !isWhole(file, bits)) {
            throw refuse(log, Errno.EBADMSG, "the checksum of the superblock is wrong");
        }
        int features = block.get(ErofsLayout.U32, ErofsLayout.SB_FEATURE_INCOMPAT);
        if ((features & ~KNOWN) != 0) {
            throw refuse(
                    log,
                    Errno.EOPNOTSUPP,
                    "the image has features that are not known here: 0x" + Integer.toHexString(features & ~KNOWN));
        }
        int prefixes =
                (features & ErofsLayout.INCOMPAT_XATTR_PREFIXES) == 0 ? 0 : u8(block, ErofsLayout.SB_PREFIX_COUNT);
        if (prefixes > 0
                && (features & ErofsLayout.INCOMPAT_FRAGMENTS) != 0
                && block.get(ErofsLayout.U64, ErofsLayout.SB_PACKED_NID) != 0) {
            throw refuse(log, Errno.EOPNOTSUPP, "prefixes of attribute names are in a packed file");
        }
        int devices =
                (features & ErofsLayout.INCOMPAT_DEVICE_TABLE) == 0 ? 0 : u16(block, ErofsLayout.SB_EXTRA_DEVICES);
        return new Superblock(
                bits,
                u16(block, ErofsLayout.SB_ROOT_NID),
                block.get(ErofsLayout.U64, ErofsLayout.SB_INODES),
                block.get(ErofsLayout.U64, ErofsLayout.SB_EPOCH),
                block.get(ErofsLayout.U32, ErofsLayout.SB_FIXED_NANOS),
                u32(block, ErofsLayout.SB_BLOCKS),
                u32(block, ErofsLayout.SB_META_BLOCK) << bits,
                u32(block, ErofsLayout.SB_XATTR_BLOCK) << bits,
                block.get(ErofsLayout.U64, ErofsLayout.SB_UUID)
                        ^ block.get(ErofsLayout.U64, ErofsLayout.SB_UUID + Long.BYTES),
                devices,
                (long) u16(block, ErofsLayout.SB_DEVICE_SLOT) * ErofsLayout.DEVICE_SLOT_SIZE,
                prefixes,
                u32(block, ErofsLayout.SB_PREFIX_START) * Integer.BYTES);
    }

    /** The checksum is over what is behind the boot sector in the first block, or in as many as the superblock reaches into. */
    private static boolean isWhole(MemorySegment file, int bits) {
        long block = 1L << bits;
        long end = block > ErofsLayout.SUPERBLOCK ? block : block + ErofsLayout.SUPERBLOCK;
        if (end > file.byteSize()) {
            return false;
        }
        MemorySegment covered = file.asSlice(ErofsLayout.SUPERBLOCK, end - ErofsLayout.SUPERBLOCK);
        return ErofsLayout.checksum(covered) == covered.get(ErofsLayout.U32, ErofsLayout.SB_CHECKSUM);
    }

    private static int u8(MemorySegment block, long at) {
        return block.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
    }

    private static int u16(MemorySegment block, long at) {
        return block.get(ErofsLayout.U16, at) & 0xFFFF;
    }

    private static long u32(MemorySegment block, long at) {
        return Integer.toUnsignedLong(block.get(ErofsLayout.U32, at));
    }

    static ErrnoException refuse(FileSystemLog log, Errno errno, String why) {
        log.error(ErofsFileSystem.TYPE + ": " + why);
        return ErrnoException.of(errno, ErofsFileSystem.TYPE + ": " + why);
    }
}
