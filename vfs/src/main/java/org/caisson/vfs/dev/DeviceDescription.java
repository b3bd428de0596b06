package org.caisson.vfs.dev;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.SpecialDescription;
import org.caisson.vfs.VirtualDentry;

/** An open device whose data does not depend on where it is read or written: the position stays 0. */
abstract class DeviceDescription extends SpecialDescription {
    DeviceDescription(VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
    }

    /** Fills a part of a segment; returns how much was filled. */
    protected abstract long transferTo(MemorySegment target, long at, long length) throws ErrnoException;

    /** Takes a part of a segment; returns how much was taken. */
    protected abstract long transferFrom(MemorySegment source, long at, long length) throws ErrnoException;

    private static void requireOffset(long offset) throws ErrnoException {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private void requireReadable() throws ErrnoException {
        if (!isReadable()) {
            throw Errno.EBADF.exception();
        }
    }

    private void requireWritable() throws ErrnoException {
        if (!isWritable()) {
            throw Errno.EBADF.exception();
        }
    }

    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        requireOffset(offset);
        requireReadable();
        Objects.checkFromIndexSize(at, length, target.byteSize());
        long count = transferTo(target, at, length);
        if (count > 0) {
            tellAccessed();
        }
        return count;
    }

    @Override
    public long read(MemorySegment target) throws ErrnoException {
        return read(target, 0, target.byteSize(), 0);
    }

    @Override
    public long read(List<MemorySegment> targets, long offset) throws ErrnoException {
        requireOffset(offset);
        return read(targets);
    }

    /** The kernel's {@code vfs_readv} tells of reading nothing as well. */
    @Override
    public long read(List<MemorySegment> targets) throws ErrnoException {
        requireReadable();
        long total = 0;
        for (MemorySegment target : targets) {
            total += transferTo(target, 0, target.byteSize());
        }
        tellAccessed();
        return total;
    }

    @Override
    public long write(List<MemorySegment> sources, long offset) throws ErrnoException {
        requireOffset(offset);
        return write(sources);
    }

    @Override
    public long write(List<MemorySegment> sources) throws ErrnoException {
        requireWritable();
        long total = 0;
        for (MemorySegment source : sources) {
            total += transferFrom(source, 0, source.byteSize());
        }
        if (total > 0) {
            tellWritten();
        }
        return total;
    }

    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        requireOffset(offset);
        requireWritable();
        Objects.checkFromIndexSize(at, length, source.byteSize());
        long count = transferFrom(source, at, length);
        if (count > 0) {
            tellWritten();
        }
        return count;
    }

    @Override
    public long write(MemorySegment source) throws ErrnoException {
        return write(source, 0, source.byteSize(), 0);
    }

    @Override
    public long seek(long offset, int whence) {
        return 0;
    }
}
