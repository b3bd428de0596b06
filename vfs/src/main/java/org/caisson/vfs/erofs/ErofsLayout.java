package org.caisson.vfs.erofs;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** The numbers of the layout, from {@code fs/erofs/erofs_fs.h} of the kernel. Offsets and sizes are in bytes, integers little endian. */
public final class ErofsLayout {
    public static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    // struct erofs_super_block

    /** Where the superblock is in the file. */
    public static final int SUPERBLOCK = 1024;

    public static final int SUPERBLOCK_SIZE = 128;
    public static final int MAGIC = 0xE0F5E1E2;

    public static final int SB_MAGIC = 0;
    public static final int SB_CHECKSUM = 4;
    public static final int SB_FEATURE_COMPAT = 8;
    public static final int SB_BLOCK_BITS = 12;
    public static final int SB_ROOT_NID = 14;
    public static final int SB_INODES = 16;
    public static final int SB_EPOCH = 24;
    public static final int SB_FIXED_NANOS = 32;
    public static final int SB_BLOCKS = 36;
    public static final int SB_META_BLOCK = 40;
    public static final int SB_XATTR_BLOCK = 44;
    public static final int SB_UUID = 48;
    public static final int SB_FEATURE_INCOMPAT = 80;
    public static final int SB_EXTRA_DEVICES = 86;
    public static final int SB_DEVICE_SLOT = 88;
    public static final int SB_DIRECTORY_BLOCK_BITS = 90;
    public static final int SB_PREFIX_COUNT = 91;
    public static final int SB_PREFIX_START = 92;
    public static final int SB_PACKED_NID = 96;

    public static final int COMPAT_CHECKSUM = 0x1;
    public static final int COMPAT_MTIME = 0x2;

    public static final int INCOMPAT_ZERO_PADDING = 0x1;
    public static final int INCOMPAT_CHUNKED_FILE = 0x4;
    public static final int INCOMPAT_DEVICE_TABLE = 0x8;
    public static final int INCOMPAT_FRAGMENTS = 0x20;
    public static final int INCOMPAT_XATTR_PREFIXES = 0x40;

    /** Those that say only how compressed files are: zero padding, configurations, large clusters, inline tails and fragments. */
    public static final int INCOMPAT_COMPRESSION = INCOMPAT_ZERO_PADDING | 0x2 | 0x10 | INCOMPAT_FRAGMENTS;

    // struct erofs_deviceslot

    public static final int DEVICE_SLOT_SIZE = 128;
    public static final int DEVICE_TAG_SIZE = 64;
    public static final int DEVICE_BLOCKS = 64;
    public static final int DEVICE_START = 68;

    // struct erofs_inode_compact and struct erofs_inode_extended

    /** What a nid counts in. */
    public static final int SLOT = 32;

    public static final int COMPACT_SIZE = 32;
    public static final int EXTENDED_SIZE = 64;

    public static final int EXTENDED = 1;
    public static final int LAYOUT_SHIFT = 1;
    public static final int LAYOUT_MASK = 7;

    /** All data in whole blocks. */
    public static final int FLAT_PLAIN = 0;
    /** Compressed, with an index of fixed entries. */
    public static final int COMPRESSED_FULL = 1;
    /** Whole blocks, and a tail right behind the inode. */
    public static final int FLAT_INLINE = 2;
    /** Compressed, with a compact index. */
    public static final int COMPRESSED_COMPACT = 3;
    /** Chunks of one size, each of them anywhere, or a hole. */
    public static final int CHUNK_BASED = 4;

    public static final int I_FORMAT = 0;
    public static final int I_XATTR_COUNT = 2;
    public static final int I_MODE = 4;
    public static final int I_UNION = 16;
    public static final int I_NUMBER = 20;
    public static final int COMPACT_LINKS = 6;
    public static final int COMPACT_LENGTH = 8;
    public static final int COMPACT_MTIME = 12;
    public static final int COMPACT_UID = 24;
    public static final int COMPACT_GID = 26;
    public static final int EXTENDED_LENGTH = 8;
    public static final int EXTENDED_UID = 24;
    public static final int EXTENDED_GID = 28;
    public static final int EXTENDED_MTIME = 32;
    public static final int EXTENDED_NANOS = 40;
    public static final int EXTENDED_LINKS = 44;

    /** The address of no block. */
    public static final int NO_BLOCK = -1;

    public static final int CHUNK_BITS_MASK = 0x1F;

    /** Of a chunk format: entries of eight bytes, which name a device, instead of four. */
    public static final int CHUNK_INDEXES = 0x20;

    public static final int CHUNK_INDEX_DEVICE = 2;
    public static final int CHUNK_INDEX_BLOCK = 4;

    // struct erofs_dirent

    public static final int DIRENT_SIZE = 12;
    public static final int DIRENT_NID = 0;
    public static final int DIRENT_NAME = 8;
    public static final int DIRENT_TYPE = 10;

    // struct erofs_xattr_ibody_header and struct erofs_xattr_entry

    public static final int XATTR_HEADER = 12;
    public static final int XATTR_SHARED_COUNT = 4;
    public static final int XATTR_ENTRY = 4;
    public static final int XATTR_INDEX = 1;
    public static final int XATTR_VALUE_SIZE = 2;

    /** Of an index: the name goes on after a prefix of the image's table. */
    public static final int XATTR_LONG_PREFIX = 0x80;

    public static final int XATTR_USER = 1;
    public static final int XATTR_ACL_ACCESS = 2;
    public static final int XATTR_ACL_DEFAULT = 3;
    public static final int XATTR_TRUSTED = 4;
    public static final int XATTR_SECURITY = 6;

    private static final byte[] NOTHING = {};
    private static final byte[][] PREFIXES = {
        NOTHING,
        ascii("user."),
        ascii("system.posix_acl_access"),
        ascii("system.posix_acl_default"),
        ascii("trusted."),
        NOTHING,
        ascii("security.")
    };

    /** File types of directory entries by the type bits of a mode, and the other way. */
    private static final byte[] TYPES = {0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7, 0, 6, 0, 0, 0};

    private static final byte[] MODES = {0, 8, 4, 2, 6, 1, 12, 10};

    private ErofsLayout() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** What the names of attributes of an index begin with, not to be changed; empty for an index that is not known. */
    public static byte[] prefix(int index) {
        return index < PREFIXES.length ? PREFIXES[index] : NOTHING;
    }

    /** The type in a directory entry of a file of a mode; 0 if there is none. */
    public static int direntType(int mode) {
        return TYPES[(mode >>> 12) & 15];
    }

    /** The {@code d_type} of readdir(3) for the type in a directory entry; 0 if that is none. */
    static int readdirType(int direntType) {
        return direntType < MODES.length ? MODES[direntType] : 0;
    }

    /** How many bytes the extended attributes of an inode take, by its {@code i_xattr_icount}. */
    public static int xattrSize(int count) {
        return count == 0 ? 0 : XATTR_HEADER + Integer.BYTES * (count - 1);
    }

    /** The checksum of a superblock and what is behind it in its block, with zero in place of the checksum. */
    public static int checksum(MemorySegment covered) {
        MemorySegment copy = MemorySegment.ofArray(new byte[(int) covered.byteSize()]);
        copy.copyFrom(covered);
        copy.set(U32, SB_CHECKSUM, 0);
        CRC32C sum = new CRC32C();
        sum.update(copy.asByteBuffer());
        return ~(int) sum.getValue();
    }
}
