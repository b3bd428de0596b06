package org.caisson.image.erofs;

import static org.caisson.image.erofs.ErofsWriter.BLOCK;
import static org.caisson.image.erofs.ErofsWriter.BLOCK_BITS;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.caisson.vfs.Name;
import org.caisson.vfs.erofs.ErofsLayout;

/** Writes what is behind the data of an image: blocks of directories, shared attributes, inodes; and the superblock. */
final class MetadataWriter {
    private static final Name OPAQUE = Name.of("trusted.overlay.opaque");
    private static final Name ORIGIN = Name.of("trusted.overlay.origin");
    private static final byte[] YES = "y".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};

    /** Of the nid of the root; 0 is none, for readdir(3) takes it for no entry. */
    private static final int FIRST_SLOT = 1;

    private static final int MAX_16 = 0xFFFF;
    private static final long MAX_32 = 0xFFFF_FFFFL;

    private final ImageTree tree;
    private final XattrTable attributes;
    private final DataWriter data;
    private final TailSpool tails;
    private final ImageOutput out;
    private final ErofsProfile profile;
    private final DeviceTable devices;

    private final IntColumn slots = new IntColumn();
    private final IntColumn sets = new IntColumn();
    private final DirectoryPacker packer;
    private final MetadataBuffer buffer;
    private final byte[] tail = new byte[BLOCK];

    private long epoch;
    private int epochNanos;
    private long live;
    private boolean chunked;

    /** The block of the whole image that the blocks of further devices begin at. */
    private int elsewhere;

    MetadataWriter(
            ImageTree tree,
            XattrTable attributes,
            DataWriter data,
            TailSpool tails,
            ImageOutput out,
            ErofsProfile profile,
            DeviceTable devices) {
        this.tree = tree;
        this.attributes = attributes;
        this.data = data;
        this.tails = tails;
        this.out = out;
        this.profile = profile;
        this.devices = devices;
        packer = new DirectoryPacker(tree, slots);
        buffer = new MetadataBuffer(out);
    }

    /** Writes it; returns the nids by inode. */
    IntColumn write() throws IOException {
        tails.rewind();
        survey();
        List<byte[]> shared = attributes.share();
        long inodeBytes = place();
        out.align(BLOCK);
        long directories = out.position() >>> BLOCK_BITS;
        writeDirectories();
        long sharedStart = out.position() >>> BLOCK_BITS;
        for (byte[] entry : shared) {
            out.write(entry, 0, entry.length);
        }
        out.align(BLOCK);
        long start = out.position() >>> BLOCK_BITS;
        long blocks = start + blocks(inodeBytes);
        if (blocks + devices.blocks() > MAX_32) {
            throw new ErofsFormatException("the image is larger than 16 TiB");
        }
        elsewhere = (int) blocks;
        writeInodes(directories);
        out.align(BLOCK);
        if (out.position() != blocks << BLOCK_BITS) {
            throw new IllegalStateException("the inodes are not as long as they were said to be");
        }
        writeSuperblock(blocks, start, shared.isEmpty() ? 0 : sharedStart);
        out.finish();
        return slots;
    }

    private static long blocks(long bytes) {
        return (bytes + BLOCK - 1) >>> BLOCK_BITS;
    }

    /** Sorts directories, finds out what attributes each file has in the end, and the time that most files have, if that is most. */
    private void survey() throws IOException {
        long votes = 0;
        for (int inode = 0; inode < tree.inodes(); inode++) {
            slots.add(0);
            sets.add(XattrTable.NOTHING);
            if (!tree.isLive(inode)) {
                continue;
            }
            live++;
            chunked |= tree.isChunked(inode);
            if (tree.isDirectory(inode)) {
                tree.sort(inode);
                tree.size(inode, packer.size(inode));
            }
            int set = set(inode);
            sets.set(inode, set);
            attributes.count(set);
            if (votes == 0) {
                epoch = tree.seconds(inode);
                epochNanos = tree.nanos(inode);
                votes = 1;
            } else {
                votes += isOfEpoch(inode) ? 1 : -1;
            }
        }
    }

    private boolean isOfEpoch(int inode) {
        return tree.seconds(inode) == epoch && tree.nanos(inode) == epochNanos;
    }

    private int set(int inode) throws ErofsFormatException {
        int set = tree.attributes(inode);
        if (profile == ErofsProfile.PLAIN || !tree.isDirectory(inode)) {
            return set;
        }
        if (tree.isOpaque(inode)) {
            set = attributes.with(tree.pathOf(inode), set, OPAQUE, YES);
        }
        if (tree.isImplied(inode)) {
            set = attributes.with(tree.pathOf(inode), set, ErofsWriter.IMPLIED, NOTHING);
        }
        if (tree.isLinked(inode)) {
            set = attributes.with(tree.pathOf(inode), set, ErofsWriter.LINKS, NOTHING);
        }
        return tree.isImpure(inode) ? attributes.with(tree.pathOf(inode), set, ORIGIN, NOTHING) : set;
    }

    private boolean isCompact(int inode) {
        return profile != ErofsProfile.PLAIN
                && isOfEpoch(inode)
                && Integer.compareUnsigned(tree.uid(inode), MAX_16) <= 0
                && Integer.compareUnsigned(tree.gid(inode), MAX_16) <= 0
                && tree.links(inode) <= MAX_16
                && tree.size(inode) <= MAX_32;
    }

    /** The inode itself and its attributes. */
    private int headSize(int inode) {
        return (isCompact(inode) ? ErofsLayout.COMPACT_SIZE : ErofsLayout.EXTENDED_SIZE)
                + attributes.sizeOf(sets.get(inode));
    }

    /** How much data is behind an inode. */
    private int tailSize(int inode) {
        if (tree.isDirectory(inode)) {
            int rest = (int) (tree.size(inode) & (BLOCK - 1));
            return headSize(inode) + rest <= BLOCK ? rest : 0;
        }
        return tree.isInline(inode) ? DataWriter.tailOf(tree.size(inode)) : 0;
    }

    private int chunks(int inode) {
        int bits = BLOCK_BITS + data.map(tree.union(inode)).chunkBits();
        return (int) (((tree.size(inode) - 1) >>> bits) + 1);
    }

    /** Gives each inode its place; returns where they end. */
    private long place() throws ErofsFormatException {
        long at = FIRST_SLOT * ErofsLayout.SLOT;
        for (int inode = 0; inode < tree.inodes(); inode++) {
            if (!tree.isLive(inode)) {
                continue;
            }
            at = start(inode, at);
            if (at / ErofsLayout.SLOT > MAX_32) {
                throw new ErofsFormatException("the inodes take more than 128 GiB");
            }
            slots.set(inode, (int) (at / ErofsLayout.SLOT));
            at = end(inode, at);
        }
        return at;
    }

    /** Where an inode begins: what is right behind it must be in one block with it, if there is such. */
    private long start(int inode, long from) {
        int tailed = tailSize(inode);
        int together = tailed > 0 ? headSize(inode) + tailed : ErofsLayout.EXTENDED_SIZE;
        long within = from & (BLOCK - 1);
        return within + together > BLOCK ? from - within + BLOCK : from;
    }

    private long end(int inode, long start) {
        long size = (long) headSize(inode) + tailSize(inode);
        if (tree.isChunked(inode)) {
            size += (long) chunks(inode) * Integer.BYTES;
        }
        return (start + size + ErofsLayout.SLOT - 1) & -ErofsLayout.SLOT;
    }

    /** How many blocks of a directory are not behind its inode. */
    private long fullBlocks(int directory) {
        long blocks = blocks(tree.size(directory));
        return tailSize(directory) > 0 ? blocks - 1 : blocks;
    }

    private void writeDirectories() throws IOException {
        for (int inode = 0; inode < tree.inodes(); inode++) {
            if (tree.isLive(inode) && tree.isDirectory(inode) && fullBlocks(inode) > 0) {
                boolean tailed = tailSize(inode) > 0;
                packer.pack(inode, (block, used, last) -> {
                    if (!last || !tailed) {
                        out.write(block, 0, BLOCK);
                    }
                });
            }
        }
    }

    private void writeInodes(long directories) throws IOException {
        long start = out.position();
        long nextDirectory = directories;
        for (int inode = 0; inode < tree.inodes(); inode++) {
            if (!tree.isLive(inode)) {
                if (tree.isInline(inode)) {
                    tails.read(tail, DataWriter.tailOf(tree.size(inode)));
                }
                continue;
            }
            buffer.flush();
            out.skip(start + Integer.toUnsignedLong(slots.get(inode)) * ErofsLayout.SLOT - out.position());
            long blocks = tree.isDirectory(inode) ? fullBlocks(inode) : 0;
            writeInode(inode, blocks > 0 ? (int) nextDirectory : ErofsLayout.NO_BLOCK);
            nextDirectory += blocks;
            writeTail(inode);
        }
        buffer.flush();
    }

    private void writeInode(int inode, int directoryBlock) {
        boolean compact = isCompact(inode);
        int layout = tree.isChunked(inode)
                ? ErofsLayout.CHUNK_BASED
                : tailSize(inode) > 0 ? ErofsLayout.FLAT_INLINE : ErofsLayout.FLAT_PLAIN;
        int set = sets.get(inode);
        int xattrs = attributes.sizeOf(set);
        int union = tree.isDirectory(inode) ? directoryBlock : union(inode);
        buffer.u16((compact ? 0 : ErofsLayout.EXTENDED) | (layout << ErofsLayout.LAYOUT_SHIFT));
        buffer.u16(xattrs == 0 ? 0 : (xattrs - ErofsLayout.XATTR_HEADER) / Integer.BYTES + 1);
        buffer.u16(tree.mode(inode));
        int number = inode + 1;
        if (compact) {
            buffer.u16(tree.links(inode));
            buffer.u32((int) tree.size(inode));
            buffer.u32(0);
            buffer.u32(union);
            buffer.u32(number);
            buffer.u16(tree.uid(inode));
            buffer.u16(tree.gid(inode));
            buffer.u32(0);
        } else {
            buffer.u16(0);
            buffer.u64(tree.size(inode));
            buffer.u32(union);
            buffer.u32(number);
            buffer.u32(tree.uid(inode));
            buffer.u32(tree.gid(inode));
            buffer.u64(tree.seconds(inode));
            buffer.u32(tree.nanos(inode));
            buffer.u32(tree.links(inode));
            buffer.zeros(16);
        }
        attributes.write(set, buffer);
    }

    private int union(int inode) {
        int union = tree.union(inode);
        if (tree.isChunked(inode)) {
            return data.map(union).chunkBits();
        }
        return tree.isElsewhere(inode) ? elsewhere + union : union;
    }

    private void writeTail(int inode) throws IOException {
        if (tree.isChunked(inode)) {
            int base = tree.isElsewhere(inode) ? elsewhere : 0;
            data.map(tree.union(inode)).write(chunks(inode), base, buffer);
        } else if (tree.isDirectory(inode)) {
            if (tailSize(inode) > 0) {
                packer.pack(inode, (block, used, last) -> {
                    if (last) {
                        buffer.bytes(block, 0, used);
                    }
                });
            }
        } else if (tree.isInline(inode)) {
            int size = DataWriter.tailOf(tree.size(inode));
            tails.read(tail, size);
            buffer.bytes(tail, 0, size);
        }
    }

    private void writeSuperblock(long blocks, long start, long sharedStart) throws IOException {
        byte[] bytes = new byte[devices.end() - ErofsLayout.SUPERBLOCK];
        MemorySegment block = MemorySegment.ofArray(bytes);
        block.set(ErofsLayout.U32, ErofsLayout.SB_MAGIC, ErofsLayout.MAGIC);
        block.set(
                ErofsLayout.U32, ErofsLayout.SB_FEATURE_COMPAT, ErofsLayout.COMPAT_CHECKSUM | ErofsLayout.COMPAT_MTIME);
        bytes[ErofsLayout.SB_BLOCK_BITS] = BLOCK_BITS;
        block.set(ErofsLayout.U16, ErofsLayout.SB_ROOT_NID, (short) slots.get(ImageTree.ROOT));
        block.set(ErofsLayout.U64, ErofsLayout.SB_INODES, live);
        block.set(ErofsLayout.U64, ErofsLayout.SB_EPOCH, epoch);
        block.set(ErofsLayout.U32, ErofsLayout.SB_FIXED_NANOS, epochNanos);
        block.set(ErofsLayout.U32, ErofsLayout.SB_BLOCKS, (int) blocks);
        block.set(ErofsLayout.U32, ErofsLayout.SB_META_BLOCK, (int) start);
        block.set(ErofsLayout.U32, ErofsLayout.SB_XATTR_BLOCK, (int) sharedStart);
        int chunks = chunked ? ErofsLayout.INCOMPAT_CHUNKED_FILE : 0;
        block.set(ErofsLayout.U32, ErofsLayout.SB_FEATURE_INCOMPAT, chunks | devices.feature());
        devices.write(block, blocks);
        int checksum = ErofsLayout.checksum(block.asSlice(0, BLOCK - ErofsLayout.SUPERBLOCK));
        block.set(ErofsLayout.U32, ErofsLayout.SB_CHECKSUM, checksum);
        out.writeAt(bytes, ErofsLayout.SUPERBLOCK);
    }
}
