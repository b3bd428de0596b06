package org.caisson.vfs.erofs;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeFileDescription;
import org.caisson.vfs.VirtualDentry;

/** An open regular file of an image. Data goes from the mapped file to the caller's memory in one copy. */
final class ErofsFileDescription extends TreeFileDescription {
    private final ErofsInode file;

    /** The inode was acquired, and is released with the description. */
    ErofsFileDescription(ErofsFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags) {
        super(fileSystem, place, credentials, flags);
        file = (ErofsInode) ((TreeDentry) place.dentry()).inode();
    }

    @Override
    protected long size() {
        return file.size();
    }

    @Override
    protected long readData(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        try {
            return FileData.read(file, target, at, length, offset);
        } catch (InternalError | IllegalStateException e) {
            throw ErofsFileSystem.lost(e);
        }
    }

    @Override
    protected long seekData(long offset, boolean hole) throws ErrnoException {
        try {
            return file.seekData(offset, hole);
        } catch (InternalError | IllegalStateException e) {
            throw ErofsFileSystem.lost(e);
        }
    }

    @Override
    protected long writeAt(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException {
        throw Errno.EROFS.exception();
    }

    @Override
    protected long append(Credentials caller, MemorySegment source, long at, long length) throws ErrnoException {
        throw Errno.EROFS.exception();
    }
}
