package org.caisson.vfs.erofs;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;

/** An inode of {@link ErofsNodes}, and where its data is. */
public final class ErofsNode {
    private final ErofsInode inode;
    private final Extent extent = new Extent();

    ErofsNode(ErofsInode inode) {
        this.inode = inode;
    }

    /** Takes the entries of a directory. */
    @FunctionalInterface
    public interface EntryVisitor {
        /** One entry that is neither the directory itself nor the one above. */
        void entry(Name name, long nid) throws IOException;
    }

    /** Which one it is: where it lies in the image. */
    public long nid() {
        return inode.number();
    }

    /** Type and permissions, see {@link StatMode}. */
    public int mode() {
        return inode.mode();
    }

    public int uid() {
        return inode.uid();
    }

    public int gid() {
        return inode.gid();
    }

    /** How many names it says that it has. */
    public int links() {
        return inode.links();
    }

    /** How much data it has, in bytes. */
    public long size() {
        return inode.size();
    }

    /** Its one time, in seconds since 1970. */
    public long seconds() {
        return inode.seconds();
    }

    public int nanos() {
        return inode.nanos();
    }

    /** The number of a device, in the kernel's 32-bit encoding. */
    public int device() {
        return inode.union();
    }

    /** Whether a device of the number 0: what overlayfs takes for the absence of a file. */
    public boolean isWhiteout() {
        return (mode() & StatMode.S_IFMT) == StatMode.S_IFCHR && device() == 0;
    }

    /** How many bytes behind the inode its extended attributes take, and the numbers of those that it shares. */
    public int attributesSize() {
        return inode.xattrSize();
    }

    /**
     * All extended attributes of kinds that are known by their whole names, access control lists among them. EUCLEAN if there are two of
     * a name: who looks for one would find the first, and who lists them the last.
     */
    public NavigableMap<Name, byte[]> attributes() throws ErrnoException {
        NavigableMap<Name, byte[]> all = new TreeMap<>();
        int[] count = new int[1];
        Xattrs.forEach(inode, (name, value) -> {
            all.put(name, value);
            count[0]++;
        });
        if (all.size() != count[0]) {
            throw Errno.EUCLEAN.exception();
        }
        return all;
    }

    /** The target of a link. */
    public byte[] target() throws ErrnoException {
        return inode.target();
    }

    /** Visits the entries of a directory in the order of their names. EUCLEAN if that is not what they are in. */
    public void forEachEntry(EntryVisitor visitor) throws IOException {
        DirectoryBlock block = new DirectoryBlock();
        Name before = Name.EMPTY;
        for (long number = 0; number < DirectoryBlock.countOf(inode); number++) {
            block.view(inode, number);
            for (int i = 0; i < block.count(); i++) {
                Name name = block.name(i);
                if (before.compareTo(name) >= 0) {
                    throw Errno.EUCLEAN.exception();
                }
                before = name;
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    visitor.entry(name, block.nid(i));
                }
            }
        }
    }

    /** Whether the data is compressed, so that it has no place of its own. */
    public boolean isCompressed() {
        return inode.isCompressed();
    }

    /** Whether the data is in chunks, each of which is at a place of its own, or a hole. */
    public boolean isChunked() {
        return inode.isChunked();
    }

    /** How many bytes of a file that is not in chunks are behind the inode, and not in blocks. */
    public int tail() {
        return inode.tail();
    }

    /** A chunk has this power of two of blocks. */
    public int chunkBits() {
        return inode.chunkBlockBits();
    }

    /**
     * The block that a piece of a file begins at, in the file that the image is in: the whole of what is in blocks, or a chunk. EUCLEAN if
     * not all of the piece is in the file.
     *
     * @param offset of a chunk, or 0
     * @return -1 for a hole
     */
    public long block(long offset) throws ErrnoException {
        long length = isChunked()
                ? Math.min(inode.size() - offset, (long) inode.image().blockSize() << chunkBits())
                : inode.size() - inode.tail();
        inode.locate(offset, extent);
        if (extent.source() == null) {
            return -1;
        }
        if (extent.length() < length) {
            throw Errno.EUCLEAN.exception();
        }
        return extent.position() / inode.image().blockSize();
    }

    /**
     * Reads data from an offset on.
     *
     * @return how many bytes, 0 at the end of the file
     */
    public int read(byte[] target, int length, long offset) throws ErrnoException {
        return (int) FileData.read(inode, MemorySegment.ofArray(target), 0, length, offset);
    }
}
