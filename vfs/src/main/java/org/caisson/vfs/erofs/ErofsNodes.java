package org.caisson.vfs.erofs;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.FileSystemLog;

/**
 * An image as it lies in its file, inode by inode: for who writes another image over the same data, or looks whether it is whole. Nothing
 * in it is trusted: what makes no sense is EUCLEAN. Not safe for several threads.
 */
public final class ErofsNodes implements AutoCloseable {
    private final ErofsImage image;

    private ErofsNodes(ErofsImage image) {
        this.image = image;
    }

    /** Maps an image in one file, whose descriptor stays the caller's. Errno as of {@link ErofsFileSystem#open}. */
    public static ErofsNodes open(OwnedFd file, FileSystemLog log) throws ErrnoException {
        return new ErofsNodes(ErofsImage.open(file, List.of(), log, null));
    }

    /** The root, which may be anything. */
    public ErofsNode root() throws ErrnoException {
        return node(image.superblock().rootNid());
    }

    /** The inode of a number that a directory has told. */
    public ErofsNode node(long nid) throws ErrnoException {
        return new ErofsNode(ErofsInode.read(image, nid));
    }

    /** How long a block is, in bytes. */
    public int blockSize() {
        return image.blockSize();
    }

    /** What who reads the image must know to do so ({@code feature_incompat}), see {@link ErofsLayout}. */
    public int features() {
        return image.bytes().get(ErofsLayout.U32, ErofsLayout.SUPERBLOCK + ErofsLayout.SB_FEATURE_INCOMPAT);
    }

    /** The first bytes of the file, at most as many as it has. */
    public byte[] start(int length) {
        return image.bytes().asSlice(0, Math.min(length, fileSize())).toArray(ValueLayout.JAVA_BYTE);
    }

    /** How long the file is, in bytes. */
    public long fileSize() {
        return image.bytes().byteSize();
    }

    /** Unmaps the image: no node of it may be used from then on. */
    @Override
    public void close() {
        image.close();
    }
}
