package org.caisson.vfs.erofs;

import static org.caisson.vfs.erofs.ErofsLayout.CHUNK_BASED;
import static org.caisson.vfs.erofs.ErofsLayout.FLAT_INLINE;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Acl;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.pipe.Pipe;
import org.jspecify.annotations.Nullable;

/** An inode of an image ({@code struct erofs_inode_compact} or {@code erofs_inode_extended}), checked when it was read. */
final class ErofsInode extends Inode {
    private static final int KNOWN_FORMAT = ErofsLayout.EXTENDED | ErofsLayout.LAYOUT_MASK << ErofsLayout.LAYOUT_SHIFT;
    private static final int KNOWN_CHUNKS = ErofsLayout.CHUNK_BITS_MASK | ErofsLayout.CHUNK_INDEXES;
    private static final int SECTOR_BITS = 9;
    private static final VarHandle MORE;

    static {
        try {
            MORE = MethodHandles.lookup().findVarHandle(ErofsInode.class, "more", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ErofsImage image;
    private final int layout;
    private final long xattrStart;
    private final int xattrSize;
    private final long size;
    private final int links;
    private final long seconds;
    private final int nanos;

    /** The first block, the number of a device, or the format of chunks. */
    private final int union;

    /** What is read of it only if somebody asks: the target of a link, the list of who may do what, what is in a pipe, a directory's name. */
    private volatile @Nullable Object more;

    private ErofsInode(ErofsImage image, long nid, Fields fields, boolean hasAcl) {
        super(nid, fields.mode, fields.uid, fields.gid);
        this.image = image;
        layout = fields.layout;
        xattrStart = fields.xattrStart;
        xattrSize = fields.xattrSize;
        size = fields.size;
        links = fields.links;
        seconds = fields.seconds;
        nanos = fields.nanos;
        union = fields.union;
        if (hasAcl) {
            permissions(fields.mode, true);
        }
    }

    private record Fields(
            int layout,
            int mode,
            int uid,
            int gid,
            int links,
            long size,
            long seconds,
            int nanos,
            int union,
            long xattrStart,
            int xattrSize) {}

    /** Reads an inode. EUCLEAN for what is none, EOPNOTSUPP for one of a newer kind. */
    static ErofsInode read(ErofsImage image, long nid) throws ErrnoException {
        long at = image.positionOf(nid);
        int format = image.u16(at);
        int layout = format >>> ErofsLayout.LAYOUT_SHIFT & ErofsLayout.LAYOUT_MASK;
        if ((format & ~KNOWN_FORMAT) != 0 || layout > CHUNK_BASED) {
            throw Errno.EOPNOTSUPP.exception();
        }
        int mode = image.u16(at + ErofsLayout.I_MODE);
        int xattrs = ErofsLayout.xattrSize(image.u16(at + ErofsLayout.I_XATTR_COUNT));
        int union = image.s32(at + ErofsLayout.I_UNION);
        Superblock superblock = image.superblock();
        Fields fields;
        if ((format & ErofsLayout.EXTENDED) != 0) {
            image.require(at, ErofsLayout.EXTENDED_SIZE);
            fields = new Fields(
                    layout,
                    mode,
                    image.s32(at + ErofsLayout.EXTENDED_UID),
                    image.s32(at + ErofsLayout.EXTENDED_GID),
                    image.s32(at + ErofsLayout.EXTENDED_LINKS),
                    image.u64(at + ErofsLayout.EXTENDED_LENGTH),
                    image.u64(at + ErofsLayout.EXTENDED_MTIME),
                    image.s32(at + ErofsLayout.EXTENDED_NANOS),
                    union,
                    at + ErofsLayout.EXTENDED_SIZE,
                    xattrs);
        } else {
            fields = new Fields(
                    layout,
                    mode,
                    image.u16(at + ErofsLayout.COMPACT_UID),
                    image.u16(at + ErofsLayout.COMPACT_GID),
                    image.u16(at + ErofsLayout.COMPACT_LINKS),
                    image.u32(at + ErofsLayout.COMPACT_LENGTH),
                    superblock.epoch() + image.u32(at + ErofsLayout.COMPACT_MTIME),
                    superblock.nanos(),
                    union,
                    at + ErofsLayout.COMPACT_SIZE,
                    xattrs);
        }
        check(fields);
        boolean hasAcl = xattrs != 0 && !StatMode.isLink(mode) && Xattrs.mayHaveAcl(image, fields.xattrStart, xattrs);
        return new ErofsInode(image, nid, fields, hasAcl);
    }

    private static void check(Fields fields) throws ErrnoException {
        boolean known = switch (fields.mode & StatMode.S_IFMT) {
            case StatMode.S_IFREG,
                    StatMode.S_IFDIR,
                    StatMode.S_IFLNK,
                    StatMode.S_IFCHR,
                    StatMode.S_IFBLK,
                    StatMode.S_IFIFO,
                    StatMode.S_IFSOCK -> true;
            default -> false;
        };
        if (!known || fields.size < 0) {
            throw Errno.EUCLEAN.exception();
        }
        if (fields.layout == CHUNK_BASED && (fields.union & 0xFFFF & ~KNOWN_CHUNKS) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }

    ErofsImage image() {
        return image;
    }

    long size() {
        return size;
    }

    int links() {
        return links;
    }

    long xattrStart() {
        return xattrStart;
    }

    int xattrSize() {
        return xattrSize;
    }

    long seconds() {
        return seconds;
    }

    int nanos() {
        return nanos;
    }

    int union() {
        return union;
    }

    boolean isChunked() {
        return layout == CHUNK_BASED;
    }

    /** How many bytes are behind the inode and not in blocks. */
    int tail() {
        return layout == FLAT_INLINE && size > 0 ? (int) ((size - 1) % image.blockSize()) + 1 : 0;
    }

    /** Of a file in chunks: how many blocks each has, as a power of two. */
    int chunkBlockBits() {
        return union & ErofsLayout.CHUNK_BITS_MASK;
    }

    boolean isCompressed() {
        return layout == ErofsLayout.COMPRESSED_FULL || layout == ErofsLayout.COMPRESSED_COMPACT;
    }

    /**
     * Says where the data from an offset on is, at least one byte and at most what the file has.
     *
     * @param offset less than the size
     */
    void locate(long offset, Extent out) throws ErrnoException {
        switch (layout) {
            case ErofsLayout.FLAT_PLAIN -> locateBlocks(offset, size, out);
            case FLAT_INLINE -> {
                long tail = (size - 1) >>> bits() << bits();
                if (offset < tail) {
                    locateBlocks(offset, tail, out);
                } else {
                    locateTail(offset, tail, out);
                }
            }
            case CHUNK_BASED -> locateInChunk(offset, out);
            default -> throw Errno.EOPNOTSUPP.exception();
        }
    }

    private int bits() {
        return image.superblock().blockBits();
    }

    private void locateBlocks(long offset, long end, Extent out) throws ErrnoException {
        image.locate((Integer.toUnsignedLong(union) << bits()) + offset, end - offset, out);
    }

    /** The tail must not go on in another block. */
    private void locateTail(long offset, long tail, Extent out) throws ErrnoException {
        long start = xattrStart + xattrSize;
        if ((start & (image.blockSize() - 1)) + (size - tail) > image.blockSize()) {
            throw Errno.EUCLEAN.exception();
        }
        image.locateMetadata(start + (offset - tail), size - offset, out);
    }

    private int chunkBits() {
        return bits() + (union & ErofsLayout.CHUNK_BITS_MASK);
    }

    private void locateInChunk(long offset, Extent out) throws ErrnoException {
        int chunkBits = chunkBits();
        long chunk = offset >>> chunkBits;
        long start = chunk << chunkBits;
        long left = Math.min(size - start, 1L << chunkBits) - (offset - start);
        boolean indexes = (union & ErofsLayout.CHUNK_INDEXES) != 0;
        int unit = indexes ? Long.BYTES : Integer.BYTES;
        if (chunk > image.bytes().byteSize() / unit) {
            throw Errno.EUCLEAN.exception();
        }
        long entry = (xattrStart + xattrSize + unit - 1) / unit * unit + chunk * unit;
        int block = image.s32(indexes ? entry + ErofsLayout.CHUNK_INDEX_BLOCK : entry);
        if (block == ErofsLayout.NO_BLOCK) {
            out.setHole(left);
            return;
        }
        int device = indexes ? image.u16(entry + ErofsLayout.CHUNK_INDEX_DEVICE) : 0;
        long position = (Integer.toUnsignedLong(block) << bits()) + (offset - start);
        image.locate(device, position, left, out);
    }

    /** SEEK_DATA and SEEK_HOLE: what is a hole is known by the chunk. */
    long seekData(long offset, boolean hole) throws ErrnoException {
        if (offset < 0 || offset >= size) {
            throw Errno.ENXIO.exception();
        }
        if (layout != CHUNK_BASED) {
            return hole ? size : offset;
        }
        Extent extent = new Extent();
        long at = offset;
        while (at < size) {
            locateInChunk(at, extent);
            if ((extent.source() == null) == hole) {
                return at;
            }
            at = ((at >>> chunkBits()) + 1) << chunkBits();
            if (at <= 0) {
                break; // the last chunk that an offset can be in
            }
        }
        if (hole) {
            return size;
        }
        throw Errno.ENXIO.exception();
    }

    /** The target of a link: what is before a NUL. EUCLEAN if there is nothing. */
    byte[] target() throws ErrnoException {
        if (more instanceof byte[] known) {
            return known;
        }
        if (size == 0 || size > ErofsFileSystem.LONGEST_TARGET) {
            throw Errno.EUCLEAN.exception();
        }
        byte[] target = new byte[(int) size];
        if (FileData.read(this, MemorySegment.ofArray(target), 0, size, 0) != size) {
            throw Errno.EUCLEAN.exception();
        }
        int length = 0;
        while (length < target.length && target[length] != 0) {
            length++;
        }
        if (length == 0) {
            throw Errno.EUCLEAN.exception();
        }
        byte[] whole = length == target.length ? target : Arrays.copyOf(target, length);
        more = whole;
        return whole;
    }

    /** What is in a named pipe of this mount. */
    Pipe pipe() {
        if (more instanceof Pipe known) {
            return known;
        }
        Pipe made = new Pipe();
        return MORE.compareAndExchange(this, null, made) instanceof Pipe known ? known : made;
    }

    /** Says by which name a directory was found; false if it is known by another one already. */
    boolean isFoundAs(TreeDentry dentry) {
        return MORE.compareAndExchange(this, null, dentry) instanceof TreeDentry first
                ? first.parent() == dentry.parent() && first.name().equals(dentry.name())
                : true;
    }

    @Override
    protected @Nullable Acl accessAcl() {
        return Xattrs.acl(this, ErofsLayout.XATTR_ACL_ACCESS);
    }

    @Override
    protected @Nullable Acl defaultAcl() {
        return isDirectory() ? Xattrs.acl(this, ErofsLayout.XATTR_ACL_DEFAULT) : null;
    }

    @Override
    protected void stat(Stat out) {
        out.mode = mode();
        out.inode = number();
        out.links = links;
        out.uid = uid();
        out.gid = gid();
        out.size = size;
        out.blocks = isCompressed()
                ? Integer.toUnsignedLong(union) << (bits() - SECTOR_BITS)
                : (size + image.blockSize() - 1) >>> bits() << (bits() - SECTOR_BITS);
        out.blockSize = image.blockSize();
        int type = mode() & StatMode.S_IFMT;
        out.rdev = type == StatMode.S_IFCHR || type == StatMode.S_IFBLK ? Integer.toUnsignedLong(union) : 0;
        out.allTimes(seconds, nanos);
        out.birthSeconds = 0;
        out.birthNanos = 0;
    }
}
