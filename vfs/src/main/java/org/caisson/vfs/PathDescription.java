package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/** What O_PATH opens: a place to start from and to look at, never data; see open(2). */
final class PathDescription extends FileDescription {
    private final TreeFileSystem fileSystem;

    /** The inode was acquired. */
    PathDescription(TreeFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
        this.fileSystem = fileSystem;
    }

    @Override
    protected void onRelease() {
        TreeDentry dentry = (TreeDentry) place().dentry();
        dentry.inode().release(dentry);
    }

    @Override
    public void stat(Stat out) throws ErrnoException {
        fileSystem.refresh(((TreeDentry) place().dentry()).inode());
        fileSystem.stat(place(), out);
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public long read(MemorySegment target) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public long write(MemorySegment source) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public void readDirectory(long cookie, DirectorySink sink) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public long seek(long offset, int whence) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public void allocate(int mode, long offset, long length) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public long ioctl(int command, MemorySegment argument) throws ErrnoException {
        throw Errno.EBADF.exception();
    }
}
