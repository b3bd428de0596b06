package org.caisson.vfs.erofs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeDirectoryDescription;
import org.caisson.vfs.VirtualDentry;

/** An open directory of an image, listed out of its blocks. Cookies are the kernel's: places in the directory's data. */
final class ErofsDirectoryDescription extends TreeDirectoryDescription {
    private final ErofsInode directory;

    /** Under the monitor. */
    private long position;

    /** The inode was acquired, and is released with the description. */
    ErofsDirectoryDescription(ErofsFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags) {
        super(fileSystem, place, credentials, flags);
        directory = (ErofsInode) ((TreeDentry) place.dentry()).inode();
    }

    @Override
    public void readDirectory(long cookie, DirectorySink sink) throws ErrnoException {
        if (cookie < 0) {
            throw Errno.EINVAL.exception();
        }
        try {
            Directories.list(directory, cookie, sink);
        } catch (InternalError | IllegalStateException e) {
            throw ErofsFileSystem.lost(e);
        }
        tellAccessed();
    }

    /** {@code generic_file_llseek} of the kernel, for which a directory is as long as its data. */
    @Override
    public synchronized long seek(long offset, int whence) throws ErrnoException {
        long size = directory.size();
        long target = switch (whence) {
            case SEEK_SET -> offset;
            case SEEK_CUR -> position + offset;
            case SEEK_END -> size + offset;
            case SEEK_DATA, SEEK_HOLE -> {
                if (offset < 0 || offset >= size) {
                    throw Errno.ENXIO.exception();
                }
                yield whence == SEEK_DATA ? offset : size;
            }
            default -> -1;
        };
        if (target < 0) {
            throw Errno.EINVAL.exception();
        }
        position = target;
        return target;
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        throw Errno.EINVAL.exception();
    }
}
