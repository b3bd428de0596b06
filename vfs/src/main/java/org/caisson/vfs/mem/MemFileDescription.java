package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.AllocationModes;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.TreeFileDescription;
import org.caisson.vfs.VirtualDentry;

/** An open regular file. */
final class MemFileDescription extends TreeFileDescription {
    private final MemFile file;

    /** The inode was acquired, and is released with the description. */
    MemFileDescription(
            MemFileSystem fileSystem, MemFile file, VirtualDentry place, Credentials credentials, int flags) {
        super(fileSystem, place, credentials, flags);
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
    protected long size() {
        return file.size();
    }

    @Override
    protected long readData(MemorySegment target, long at, long length, long offset) {
        return file.read(target, at, length, offset);
    }

    @Override
    protected long readData(List<MemorySegment> targets, long length, long offset) {
        return file.read(targets, length, offset);
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
    protected void allocateData(Credentials caller, int mode, long offset, long length) throws ErrnoException {
        if ((mode & ~(AllocationModes.KEEP_SIZE | AllocationModes.PUNCH_HOLE)) != 0) {
            throw Errno.EOPNOTSUPP.exception();
        }
        file.allocate(this, caller, mode, offset, length);
        tellWritten();
    }

    @Override
    public void sync(boolean dataOnly) {
        // There is nothing behind the pages.
    }
}
