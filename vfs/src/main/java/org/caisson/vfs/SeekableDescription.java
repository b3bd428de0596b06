package org.caisson.vfs;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.jspecify.annotations.Nullable;

/**
 * An open file with a position, as regular files are: keeps the position, and checks what the kernel checks before a file system is
 * asked ({@code fs/read_write.c}): access modes, offsets and lengths.
 */
public abstract class SeekableDescription extends FileDescription {
    /** The most that one call moves (MAX_RW_COUNT of {@code linux/fs.h}). */
    public static final long MOST = Integer.MAX_VALUE & -4096;

    private static final long COPY = 1 << 16;

    /** Under the monitor, which is held while data moves, so that two readers share the data between them. */
    private long position;

    /** Where the last append ended. Under the monitor. */
    private long appendEnd;

    /** The description of a file that may be positioned in. */
    protected SeekableDescription(VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
    }

    /** The size of the file. */
    protected abstract long size() throws ErrnoException;

    /** Reads at an offset that is not negative; the access mode was checked. */
    protected abstract long readAt(MemorySegment target, long at, long length, long offset) throws ErrnoException;

    /** Writes at an offset that is not negative; the access mode was checked. */
    protected abstract long writeAt(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException;

    /** Writes at the end, wherever that is by then, and calls {@link #appendedUpTo}. */
    protected abstract long append(Credentials caller, MemorySegment source, long at, long length)
            throws ErrnoException;

    /** Fills several segments as {@link #readAt} one. */
    protected long readAt(List<MemorySegment> targets, long length, long offset) throws ErrnoException {
        long total = 0;
        for (int i = 0; i < targets.size() && total < length; i++) {
            MemorySegment target = targets.get(i);
            long wanted = Math.min(target.byteSize(), length - total);
            long count = readAt(target, 0, wanted, offset + total);
            total += count;
            if (count < wanted) {
                break;
            }
        }
        return total;
    }

    /** Writes several segments as {@link #writeAt} one. */
    protected long writeAt(Credentials caller, List<MemorySegment> sources, long length, long offset)
            throws ErrnoException {
        long total = 0;
        for (int i = 0; i < sources.size() && total < length; i++) {
            MemorySegment source = sources.get(i);
            long wanted = Math.min(source.byteSize(), length - total);
            long count = writeAt(caller, source, 0, wanted, offset + total);
            total += count;
            if (count < wanted) {
                break;
            }
        }
        return total;
    }

    /** Appends several segments as {@link #append(Credentials, MemorySegment, long, long)} one. */
    protected long append(Credentials caller, List<MemorySegment> sources, long length) throws ErrnoException {
        long total = 0;
        for (int i = 0; i < sources.size() && total < length; i++) {
            MemorySegment source = sources.get(i);
            long wanted = Math.min(source.byteSize(), length - total);
            long count = append(caller, source, 0, wanted);
            total += count;
            if (count < wanted) {
                break;
            }
        }
        return total;
    }

    /** Says where an append ended, before it returns. */
    protected final void appendedUpTo(long end) {
        // Who writes at an offset of its own choice has not the monitor, and must not wait for it with locks of the
        // file.
        if (Thread.holdsLock(this)) {
            appendEnd = end;
        }
    }

    /** Where data is from an offset on, or a hole if {@code hole}; SEEK_DATA and SEEK_HOLE. ENXIO past the end. */
    protected long seekData(long offset, boolean hole) throws ErrnoException {
        if (offset < 0 || offset >= size()) {
            throw Errno.ENXIO.exception();
        }
        return hole ? size() : offset;
    }

    /** Whether an offset that is not negative is one that a file may have here. */
    protected boolean isOffset(long offset) {
        return true;
    }

    private boolean appends() {
        return (flags() & OpenFlags.O_APPEND) != 0;
    }

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

    /** The length to move: no more than {@link #MOST}. EINVAL if it would end past the greatest offset. */
    private static long bounded(long offset, long length) throws ErrnoException {
        if (length < 0 || offset + length < 0) {
            throw Errno.EINVAL.exception();
        }
        return Math.min(length, MOST);
    }

    private long accessed(long count) {
        if (count > 0) {
            tellAccessed();
        }
        return count;
    }

    /** The kernel's {@code vfs_readv} tells of reading nothing as well. */
    private long accessedByVector(long count) {
        tellAccessed();
        return count;
    }

    private long written(long count) {
        if (count > 0) {
            tellWritten();
        }
        return count;
    }

    @Override
    public final long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        requireOffset(offset);
        requireReadable();
        return accessed(readAt(target, at, bounded(offset, length), offset));
    }

    @Override
    public final long read(List<MemorySegment> targets, long offset) throws ErrnoException {
        requireOffset(offset);
        requireReadable();
        return accessedByVector(readAt(targets, bounded(offset, sum(targets)), offset));
    }

    @Override
    public final synchronized long read(MemorySegment target) throws ErrnoException {
        requireReadable();
        long count = readAt(target, 0, bounded(position, target.byteSize()), position);
        position += count;
        return accessed(count);
    }

    @Override
    public final synchronized long read(List<MemorySegment> targets) throws ErrnoException {
        requireReadable();
        long count = readAt(targets, bounded(position, sum(targets)), position);
        position += count;
        return accessedByVector(count);
    }

    @Override
    public final long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        return write(credentials(), source, at, length, offset);
    }

    @Override
    public final long write(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException {
        requireOffset(offset);
        requireWritable();
        long count = bounded(offset, length);
        if (count == 0) {
            return 0;
        }
        Credentials mapped = place().mount().through(caller);
        return written(appends() ? append(mapped, source, at, count) : writeAt(mapped, source, at, count, offset));
    }

    @Override
    public final long write(List<MemorySegment> sources, long offset) throws ErrnoException {
        return write(credentials(), sources, offset);
    }

    @Override
    public final long write(Credentials caller, List<MemorySegment> sources, long offset) throws ErrnoException {
        requireOffset(offset);
        requireWritable();
        long count = bounded(offset, sum(sources));
        if (count == 0) {
            return 0;
        }
        Credentials mapped = place().mount().through(caller);
        return written(appends() ? append(mapped, sources, count) : writeAt(mapped, sources, count, offset));
    }

    @Override
    public final long write(MemorySegment source) throws ErrnoException {
        return write(credentials(), source);
    }

    @Override
    public final synchronized long write(Credentials caller, MemorySegment source) throws ErrnoException {
        requireWritable();
        long length = bounded(position, source.byteSize());
        if (length == 0) {
            return 0;
        }
        Credentials mapped = place().mount().through(caller);
        if (appends()) {
            long count = append(mapped, source, 0, length);
            position = appendEnd;
            return written(count);
        }
        long count = writeAt(mapped, source, 0, length, position);
        position += count;
        return written(count);
    }

    @Override
    public final long write(List<MemorySegment> sources) throws ErrnoException {
        return write(credentials(), sources);
    }

    @Override
    public final synchronized long write(Credentials caller, List<MemorySegment> sources) throws ErrnoException {
        requireWritable();
        long length = bounded(position, sum(sources));
        if (length == 0) {
            return 0;
        }
        Credentials mapped = place().mount().through(caller);
        if (appends()) {
            long count = append(mapped, sources, length);
            position = appendEnd;
            return written(count);
        }
        long count = writeAt(mapped, sources, length, position);
        position += count;
        return written(count);
    }

    /** Allocates or frees room, by a mode that goes with the offset and length. */
    protected void allocateData(Credentials caller, int mode, long offset, long length) throws ErrnoException {
        throw Errno.EOPNOTSUPP.exception();
    }

    @Override
    public final void allocate(int mode, long offset, long length) throws ErrnoException {
        allocate(credentials(), mode, offset, length);
    }

    @Override
    public final void allocate(Credentials caller, int mode, long offset, long length) throws ErrnoException {
        int outcome = AllocationModes.check(mode, offset, length);
        if (outcome != 0) {
            throw Errno.of(-outcome).exception();
        }
        requireWritable();
        Inode inode = inode();
        boolean frees = (mode & ~AllocationModes.KEEP_SIZE) != 0;
        if (inode != null && (inode.isImmutable() || (frees && inode.isAppendOnly()))) {
            throw Errno.EPERM.exception();
        }
        if (offset + length < 0) {
            throw Errno.EFBIG.exception();
        }
        allocateData(place().mount().through(caller), mode, offset, length);
    }

    @Override
    public final long copyRange(long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        return copyRange(credentials(), offset, target, targetOffset, length, copyFlags);
    }

    /**
     * copy_file_range(2) through memory: what cannot be shared is copied in pieces. EINVAL for flags or ranges of one file that overlap,
     * EBADF for a target that is not open for writing, or for appending.
     */
    @Override
    public final long copyRange(
            Credentials caller, long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        if (copyFlags != 0) {
            throw Errno.EINVAL.exception();
        }
        if (target.place().mount().fileSystem().isDirectory(target.place().dentry())) {
            throw Errno.EISDIR.exception();
        }
        if (!(target instanceof SeekableDescription into)) {
            throw Errno.EINVAL.exception();
        }
        if (!isReadable() || !target.isWritable() || into.appends()) {
            throw Errno.EBADF.exception();
        }
        Inode changed = into.inode();
        if (changed != null && changed.isImmutable()) {
            throw Errno.EPERM.exception();
        }
        if (wraps(offset, length) || wraps(targetOffset, length)) {
            throw Errno.EOVERFLOW.exception();
        }
        if (targetOffset == Long.MAX_VALUE) {
            throw Errno.EFBIG.exception();
        }
        long size = size();
        long count = offset >= size ? 0 : Math.min(length, size - offset);
        count = Math.min(count, Long.MAX_VALUE - targetOffset);
        if (isSameFile(into) && targetOffset + count > offset && targetOffset < offset + count) {
            throw Errno.EINVAL.exception();
        }
        if (offset < 0 || targetOffset < 0 || count < 0) {
            throw Errno.EINVAL.exception();
        }
        count = Math.min(count, MOST);
        long copied = copyData(caller, offset, into, targetOffset, count);
        if (copied > 0) {
            tellAccessed();
            into.tellWritten();
        }
        return copied;
    }

    private @Nullable Inode inode() {
        return place().dentry() instanceof TreeDentry file ? file.inode() : null;
    }

    private static boolean wraps(long offset, long length) {
        return Long.compareUnsigned(offset + length, offset) < 0;
    }

    private boolean isSameFile(SeekableDescription other) {
        FileSystem fileSystem = place().mount().fileSystem();
        return other.place().mount().fileSystem() == fileSystem
                && fileSystem.identityOf(place().dentry())
                        == fileSystem.identityOf(other.place().dentry());
    }

    /** Copies a range that is inside the file to another one, as far as that has room. */
    protected long copyData(Credentials caller, long offset, SeekableDescription target, long targetOffset, long length)
            throws ErrnoException {
        // Off the heap, where the host's calls take it as it is.
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.max(1, Math.min(length, COPY)));
            return copyData(caller, offset, target, targetOffset, length, buffer);
        }
    }

    private long copyData(
            Credentials caller,
            long offset,
            SeekableDescription target,
            long targetOffset,
            long length,
            MemorySegment buffer)
            throws ErrnoException {
        long done = 0;
        while (done < length) {
            long count = readAt(buffer, 0, Math.min(COPY, length - done), offset + done);
            if (count == 0) {
                break;
            }
            long written;
            try {
                written = target.writeAt(target.place().mount().through(caller), buffer, 0, count, targetOffset + done);
            } catch (ErrnoException failure) {
                if (done > 0) {
                    break;
                }
                throw failure;
            }
            done += written;
            if (written < count) {
                break;
            }
        }
        return done;
    }

    @Override
    public final synchronized long seek(long offset, int whence) throws ErrnoException {
        long target = switch (whence) {
            case SEEK_SET -> offset;
            case SEEK_CUR -> position + offset;
            case SEEK_END -> size() + offset;
            case SEEK_DATA -> seekData(offset, false);
            case SEEK_HOLE -> seekData(offset, true);
            default -> -1;
        };
        if (target < 0 || !isOffset(target)) {
            throw Errno.EINVAL.exception();
        }
        position = target;
        return target;
    }
}
