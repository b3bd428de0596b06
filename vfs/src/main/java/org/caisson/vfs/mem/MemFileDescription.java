package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.SeekableDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;

/** An open regular file. */
final class MemFileDescription extends SeekableDescription {
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;

    private final MemFileSystem fileSystem;
    private final MemFile file;

    /** The inode was acquired, and is released with the description. */
    MemFileDescription(
            MemFileSystem fileSystem, MemFile file, VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
        this.fileSystem = fileSystem;
        this.file = file;
    }

    void wroteUpTo(long end) {
        if ((flags() & OpenFlags.O_APPEND) != 0) {
            appendedUpTo(end);
        }
    }

    /** Writing took away set-id bits. */
    void lostSetIds() {
        tellAttributesSet(SetStat.MODE);
    }

    @Override
    public void stat(Stat out) {
        fileSystem.statOpened(file, out);
        out.mountId = place().mount().id();
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        fileSystem.change(this, credentials(), change);
    }

    @Override
    public void setStat(Credentials caller, SetStat change) throws ErrnoException {
        fileSystem.change(this, caller, change);
    }

    @Override
    protected long size() {
        return file.size();
    }

    @Override
    protected long readAt(MemorySegment target, long at, long length, long offset) {
        long count = file.read(target, at, length, offset);
        fileSystem.touchOpened(this, file);
        return count;
    }

    @Override
    protected long readAt(List<MemorySegment> targets, long length, long offset) {
        long count = file.read(targets, length, offset);
        fileSystem.touchOpened(this, file);
        return count;
    }

    @Override
    protected long writeAt(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException {
        return file.write(this, caller, source, at, length, offset);
    }

    @Override
    protected long writeAt(Credentials caller, List<MemorySegment> sources, long length, long offset)
            throws ErrnoException {
        return file.write(this, caller, sources, length, offset);
    }

    @Override
    protected long append(Credentials caller, MemorySegment source, long at, long length) throws ErrnoException {
        return file.write(this, caller, source, at, length, MemFile.AT_END);
    }

    @Override
    protected long append(Credentials caller, List<MemorySegment> sources, long length) throws ErrnoException {
        return file.write(this, caller, sources, length, MemFile.AT_END);
    }

    @Override
    protected long seekData(long offset, boolean hole) throws ErrnoException {
        return file.seekData(offset, hole);
    }

    @Override
    public void allocate(int mode, long offset, long length) throws ErrnoException {
        if (!isWritable()) {
            throw Errno.EBADF.exception();
        }
        if ((mode & ~(KEEP_SIZE | PUNCH_HOLE)) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        file.allocate(this, credentials(), mode, offset, length);
        tellWritten();
    }

    @Override
    public void sync(boolean dataOnly) {
        // There is nothing behind the pages.
    }

    @Override
    protected void onRelease() {
        fileSystem.releaseOpened(this);
    }
}
