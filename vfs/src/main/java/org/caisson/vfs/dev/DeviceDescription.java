package org.caisson.vfs.dev;

import java.lang.foreign.MemorySegment;
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

    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        if (!isReadable()) {
            throw Errno.EBADF.exception();
        }
        Objects.checkFromIndexSize(at, length, target.byteSize());
        return transferTo(target, at, length);
    }

    @Override
    public long read(MemorySegment target) throws ErrnoException {
        return read(target, 0, target.byteSize(), 0);
    }

    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        if (!isWritable()) {
            throw Errno.EBADF.exception();
        }
        Objects.checkFromIndexSize(at, length, source.byteSize());
        return transferFrom(source, at, length);
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
