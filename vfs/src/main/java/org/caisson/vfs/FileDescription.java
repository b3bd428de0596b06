package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;

/**
 * An open file (the kernel's {@code struct file}): what open(2) makes and duplicated descriptors share. What a kind of
 * file cannot do fails with the errno that Linux gives. Safe for use by several threads.
 */
public abstract class FileDescription implements AutoCloseable {
    /** From the start, for {@link #seek}. */
    public static final int SEEK_SET = 0;
    /** From the present position. */
    public static final int SEEK_CUR = 1;
    /** From the end. */
    public static final int SEEK_END = 2;
    /** To the next data. */
    public static final int SEEK_DATA = 3;
    /** To the next hole. */
    public static final int SEEK_HOLE = 4;

    /** Readiness bits of poll(2). */
    public static final int POLLIN = 0x1;

    public static final int POLLPRI = 0x2;
    public static final int POLLOUT = 0x4;
    public static final int POLLERR = 0x8;
    public static final int POLLHUP = 0x10;
    public static final int POLLRDNORM = 0x40;
    public static final int POLLWRNORM = 0x100;

    private final VirtualDentry place;
    private final Credentials credentials;
    private final int flags;

    /** Whether the mount cannot become read-only while this is open. */
    private final boolean holdsWritable;

    private boolean released;

    /**
     * The description holds its mount busy until it is released.
     *
     * @param place what was opened
     * @param credentials who opened it
     * @param flags bits of {@link OpenFlags}
     */
    protected FileDescription(VirtualDentry place, Credentials credentials, int flags) {
        this.place = place;
        this.credentials = credentials;
        this.flags = flags;
        holdsWritable = OpenRules.writes(flags) && !place.mount().fileSystem().isSpecial(place.dentry());
        if (!place.mount().tryAcquire(holdsWritable)) {
            throw new IllegalStateException("the mount is gone");
        }
    }

    /** What was opened. */
    public final VirtualDentry place() {
        return place;
    }

    /**
     * Who opened it: what the opener was allowed holds for later readers and writers too (the kernel's {@code f_cred}).
     * Its thread may have ended, and its number may mean another one by now.
     */
    public final Credentials credentials() {
        return credentials;
    }

    /** How it was opened, bits of {@link OpenFlags}. */
    public final int flags() {
        return flags;
    }

    /** fstat(2). */
    public abstract void stat(Stat out) throws ErrnoException;

    /** fstat(2) for someone who may be another than the opener, who may have ended since. */
    public void stat(Credentials caller, Stat out) throws ErrnoException {
        stat(out);
    }

    /** fchmod(2), fchown(2), ftruncate(2), futimens(3). */
    public void setStat(SetStat change) throws ErrnoException {
        throw Errno.EPERM.exception();
    }

    /** fstatfs(2). */
    public final void statFileSystem(FileSystemStatistics out) throws ErrnoException {
        place.mount().statistics(place.dentry(), out);
    }

    /**
     * pread(2).
     *
     * @param target where to
     * @param at where in the target
     * @param length how many bytes at most
     * @param offset where in the file
     * @return how many bytes were read, 0 at the end
     */
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    /** pread(2) by someone who may be another than the opener, who may have ended since. */
    public long read(Credentials caller, MemorySegment target, long at, long length, long offset)
            throws ErrnoException {
        return read(target, at, length, offset);
    }

    /** pread(2) that fills a whole segment if the file has as much. */
    public final long read(MemorySegment target, long offset) throws ErrnoException {
        return read(target, 0, target.byteSize(), offset);
    }

    /** read(2): at the position of the description, which moves on. */
    public long read(MemorySegment target) throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    /**
     * pwrite(2).
     *
     * @param source where from
     * @param at where in the source
     * @param length how many bytes
     * @param offset where in the file
     * @return how many bytes were written
     */
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    /** pwrite(2) by someone who may be another than the opener, who may have ended since. */
    public long write(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException {
        return write(source, at, length, offset);
    }

    /** pwrite(2) of a whole segment. */
    public final long write(MemorySegment source, long offset) throws ErrnoException {
        return write(source, 0, source.byteSize(), offset);
    }

    /** write(2): at the position of the description, which moves on. */
    public long write(MemorySegment source) throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    /**
     * getdents64(2) from a cookie on.
     *
     * @param cookie 0 for the beginning, or what came with the last entry taken
     */
    public void readDirectory(long cookie, DirectorySink sink) throws ErrnoException {
        throw Errno.ENOTDIR.exception();
    }

    /** getdents64(2) by someone who may be another than the opener, who may have ended since. */
    public void readDirectory(Credentials caller, long cookie, DirectorySink sink) throws ErrnoException {
        readDirectory(cookie, sink);
    }

    /** lseek(2): moves the position and returns it. */
    public long seek(long offset, int whence) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    /** fallocate(2). */
    public void allocate(int mode, long offset, long length) throws ErrnoException {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** fsync(2) and fdatasync(2). */
    public void sync(boolean dataOnly) throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    /** What close(2) of one of several descriptors does; POSIX locks of this owner are dropped. */
    public void flush(long lockOwner) throws ErrnoException {}

    /** copy_file_range(2) into another description. */
    public long copyRange(long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        throw Errno.EXDEV.exception();
    }

    /** ioctl(2). */
    public long ioctl(int command, MemorySegment argument) throws ErrnoException {
        throw Errno.ENOTTY.exception();
    }

    /** The {@code POLL} bits that hold now. */
    public int readiness() {
        return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
    }

    /** The last close: the description is used no more. A second call does nothing. */
    public final void release() {
        synchronized (this) {
            if (released) {
                return;
            }
            released = true;
        }
        onRelease();
        place.mount().release(holdsWritable);
    }

    /** The same as {@link #release}. */
    @Override
    public final void close() {
        release();
    }

    /** Lets go of what the file system keeps for this description. */
    protected void onRelease() {}
}
