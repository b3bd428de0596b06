package org.caisson.image.erofs;

import static org.caisson.image.erofs.ErofsWriter.BLOCK;
import static org.caisson.image.erofs.ErofsWriter.BLOCK_BITS;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.StatMode;
import org.caisson.vfs.erofs.ErofsLayout;

/** Writes the data of one file after the other: into blocks of the image, or aside if it is to be behind the inode. */
final class DataWriter {
    /** So many chunks a sparse file has at most. */
    private static final int MAX_CHUNKS = 1 << 16;

    /** What a file is as long as at most, in bytes, with holes or without: more blocks have no numbers. */
    private static final long LARGEST = 1L << (Integer.SIZE + BLOCK_BITS);

    private final ImageTree tree;
    private final ImageOutput out;
    private final TailSpool tails;
    private final ErofsProfile profile;
    private final List<SparseMap> maps = new ArrayList<>();

    /** How many runs those of all files before have. */
    private long runs;

    private final byte[] small = new byte[BLOCK];
    private final FileDigests digests = new FileDigests();

    /** Whether the present file gets a digest: a file with holes does not, for zeros take time too. */
    private boolean digested;

    // The present file.
    private int inode = ImageTree.NONE;
    private String path = "";
    private long size;
    private long offset;
    private boolean inline;
    private SparseMap map = new SparseMap(0);
    private boolean sparse;

    /** Where the data begins in the image, if it is in blocks that follow one another. */
    private long start;

    /** The present chunk of a sparse file, and where in the image it begins. */
    private long chunk;

    private long chunkStart;

    DataWriter(ImageTree tree, ImageOutput out, TailSpool tails, ErofsProfile profile) {
        this.tree = tree;
        this.out = out;
        this.tails = tails;
        this.profile = profile;
    }

    /** How much is behind the inode of a file, some of whose data is there: what is not in whole blocks, or the last one. */
    static int tailOf(long size) {
        return size == 0 ? 0 : (int) ((size - 1) & (BLOCK - 1)) + 1;
    }

    SparseMap map(int number) {
        return maps.get(number);
    }

    /**
     * Begins the data of a file or of a link.
     *
     * @param roomTaken what the attributes behind the inode take at most, in bytes
     * @param hasHoles whether some of it is to be left out
     */
    void begin(int ofInode, String itsPath, long itsSize, int roomTaken, boolean hasHoles) throws IOException {
        if (inode != ImageTree.NONE) {
            throw new IllegalStateException("the data of " + path + " has not ended");
        }
        if (itsSize < 0 || itsSize > LARGEST) {
            throw new ErofsFormatException(itsPath + ": a file of " + itsSize + " bytes, which no image can hold");
        }
        inode = ofInode;
        path = itsPath;
        size = itsSize;
        offset = 0;
        digested = StatMode.isRegular(tree.mode(inode)) && size > 0;
        digests.begin();
        tree.size(inode, size);
        boolean behind = profile == ErofsProfile.DEFAULT || StatMode.isLink(tree.mode(inode));
        inline = behind && size > 0 && size <= BLOCK - ErofsLayout.EXTENDED_SIZE - roomTaken;
        sparse = hasHoles && !inline && profile != ErofsProfile.PLAIN && size > 0;
        if (sparse) {
            map = new SparseMap(chunkBits(size));
            chunk = -1;
            tree.markChunked(inode);
            tree.union(inode, maps.size());
            maps.add(map);
        } else if (inline) {
            tree.markInline(inode);
        } else if (size > 0) {
            tree.union(inode, nextBlock());
            start = out.position();
        }
    }

    /**
     * A file whose data is in a further device from a block on, but for the tail, which is read if there is any.
     *
     * @param block counted from the first block of the first of these devices on
     * @param tail the last bytes, to be behind the inode; empty if all is in blocks
     */
    void elsewhere(int ofInode, long itsSize, long block, byte[] tail) throws IOException {
        tree.size(ofInode, itsSize);
        tree.union(ofInode, (int) block);
        tree.markElsewhere(ofInode);
        if (tail.length > 0) {
            tree.markInline(ofInode);
            tails.write(tail, 0, tail.length);
        }
    }

    /** The same of a file in chunks. */
    void elsewhere(int ofInode, long itsSize, SparseMap chunks) throws ErofsFormatException {
        tree.size(ofInode, itsSize);
        tree.union(ofInode, maps.size());
        tree.markElsewhere(ofInode);
        tree.markChunked(ofInode);
        maps.add(chunks);
        count(chunks);
    }

    private void count(SparseMap complete) throws ErofsFormatException {
        runs += complete.runs();
        SparseMap.requireRuns(runs);
    }

    private static int chunkBits(long size) {
        int bits = 0;
        while ((size - 1) >>> (BLOCK_BITS + bits) >= MAX_CHUNKS) {
            bits++;
        }
        return bits;
    }

    private int nextBlock() throws IOException {
        out.align(BLOCK);
        long block = out.position() >>> BLOCK_BITS;
        if (block >= 0xFFFF_FFFFL) {
            throw new ErofsFormatException("the image is larger than 16 TiB");
        }
        return (int) block;
    }

    private void require(long count) throws ErofsFormatException {
        if (count > size - offset) {
            throw new ErofsFormatException(path + ": more data than its size of " + size + " bytes");
        }
    }

    void write(byte[] bytes, int from, int length) throws IOException {
        require(length);
        if (digested) {
            digests.update(bytes, from, length);
        }
        if (inline) {
            System.arraycopy(bytes, from, small, (int) offset, length);
            offset += length;
        } else if (sparse) {
            writeChunks(bytes, from, length);
        } else {
            out.write(bytes, from, length);
            offset += length;
        }
    }

    private void writeChunks(byte[] bytes, int from, int length) throws IOException {
        int bits = BLOCK_BITS + map.chunkBits();
        int done = 0;
        while (done < length) {
            long wanted = offset >>> bits;
            if (wanted != chunk) {
                endChunk();
                chunk = wanted;
                int block = nextBlock();
                chunkStart = out.position();
                map.add((int) chunk, block);
            }
            long within = offset - (chunk << bits);
            out.skip(chunkStart + within - out.position());
            int piece = (int) Math.min(length - done, (1L << bits) - within);
            out.write(bytes, from + done, piece);
            done += piece;
            offset += piece;
        }
    }

    /** A chunk is whole, but for what is behind the end of the file. */
    private void endChunk() throws IOException {
        if (chunk >= 0) {
            int bits = BLOCK_BITS + map.chunkBits();
            long whole = Math.min(1L << bits, size - (chunk << bits));
            out.skip(chunkStart + whole - out.position());
            out.align(BLOCK);
        }
    }

    /** A hole; zeros where a file has none. */
    void skip(long count) throws IOException {
        require(count);
        digested &= count == 0;
        if (inline) {
            Arrays.fill(small, (int) offset, (int) (offset + count), (byte) 0);
        } else if (!sparse) {
            out.skip(count);
        }
        offset += count;
    }

    /** Has a file use the blocks of one that came before with the same content. */
    private void share(int row) throws IOException {
        if (row == ImageTree.NONE) {
            return;
        }
        int first = digests.first(row);
        if (first != inode) {
            out.rewind(start);
            tree.union(inode, tree.union(first));
        }
    }

    /** The digests of all files without holes. */
    FileDigests digests() {
        return digests;
    }

    void end() throws IOException {
        if (offset != size) {
            throw new ErofsFormatException(path + ": " + offset + " bytes of data and not " + size);
        }
        int row = digested ? digests.end(inode) : ImageTree.NONE;
        if (inline) {
            tails.write(small, 0, (int) size);
        } else if (sparse) {
            endChunk();
            count(map);
        } else {
            share(row);
            out.align(BLOCK);
        }
        inode = ImageTree.NONE;
    }
}
