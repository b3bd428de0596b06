package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.lock.LockOwner;
import org.caisson.vfs.lock.LockType;
import org.caisson.vfs.lock.OpenFileLocks;
import org.caisson.vfs.wait.Interruption;
import org.caisson.vfs.wait.ReadinessListener;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

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

    /**
     * Where lseek(2) goes in what has no end to count from, as directories and generated files: any position may be set.
     *
     * @throws ErrnoException EINVAL for another {@code whence}, and for what is before the beginning
     */
    protected static long seekWithoutEnd(long position, long offset, int whence) throws ErrnoException {
        long target = switch (whence) {
            case SEEK_SET -> offset;
            case SEEK_CUR -> position + offset;
            default -> -1;
        };
        if (target < 0) {
            throw Errno.EINVAL.exception();
        }
        return target;
    }

    /** Readiness bits of poll(2). */
    public static final int POLLIN = 0x1;

    public static final int POLLPRI = 0x2;
    public static final int POLLOUT = 0x4;
    public static final int POLLERR = 0x8;
    public static final int POLLHUP = 0x10;
    public static final int POLLRDNORM = 0x40;
    public static final int POLLWRNORM = 0x100;

    private static final int SETTABLE =
            OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT | OpenFlags.O_NOATIME;

    private final VirtualDentry place;
    private final Credentials credentials;

    /** Changed by {@link #setFlags} only. */
    private volatile int flags;

    /** How many descriptors share this. Under the monitor. */
    private int references = 1;

    /** Whether the mount cannot become read-only while this is open. */
    private final boolean holdsWritable;

    // Written under this object's monitor.
    private volatile @Nullable OpenFileLocks locks;

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

    /** How it was opened, bits of {@link OpenFlags}, and what {@link #setFlags} made of it. */
    public final int flags() {
        return flags;
    }

    /**
     * F_SETFL of fcntl(2): O_APPEND, O_NONBLOCK, O_DIRECT and O_NOATIME are taken over, other bits ignored. EPERM for O_NOATIME by
     * somebody who does not own the file, and for another O_APPEND of a file that may only be appended to; EBADF for a description of O_PATH.
     */
    public final void setFlags(Credentials caller, int wanted) throws ErrnoException {
        if ((flags & OpenFlags.O_PATH) != 0) {
            throw Errno.EBADF.exception();
        }
        if (place.dentry() instanceof TreeDentry file) {
            int changed = wanted ^ flags;
            boolean unfree = (changed & OpenFlags.O_APPEND) != 0 && file.inode().isAppendOnly();
            boolean foreign = (changed & wanted & OpenFlags.O_NOATIME) != 0
                    && !Permissions.owns(
                            place.mount().through(caller), file.inode().uid());
            if (unfree || foreign) {
                throw Errno.EPERM.exception();
            }
        }
        synchronized (this) {
            int changed = (flags & ~SETTABLE) | (wanted & SETTABLE);
            onSetFlags(changed);
            flags = changed;
        }
    }

    /** Takes over other flags, with the monitor held. EINVAL if the file cannot have them. */
    protected void onSetFlags(int changed) throws ErrnoException {}

    /** Whether it may be read: not opened for writing alone, nor with O_PATH. */
    public final boolean isReadable() {
        return OpenRules.reads(flags);
    }

    /** Whether it may be written: not opened for reading alone, nor with O_PATH. */
    public final boolean isWritable() {
        return OpenRules.writes(flags);
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

    /** fchmod(2) and the like by someone who may be another than the opener. */
    public void setStat(Credentials caller, SetStat change) throws ErrnoException {
        setStat(change);
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

    /** read(2) that, if it waits, is ended by an interruption with EINTR. */
    public long read(MemorySegment target, @Nullable Interruption interruption) throws ErrnoException {
        return read(target);
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

    /** write(2) that, if it waits, is ended by an interruption: with EINTR, or what was written by then. */
    public long write(MemorySegment source, @Nullable Interruption interruption) throws ErrnoException {
        return write(source);
    }

    /** write(2) by someone who may be another than the opener, who may have ended since. */
    public long write(Credentials caller, MemorySegment source) throws ErrnoException {
        return write(source);
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

    /** fallocate(2) by someone who may be another than the opener. */
    public void allocate(Credentials caller, int mode, long offset, long length) throws ErrnoException {
        allocate(mode, offset, length);
    }

    /** fsync(2) and fdatasync(2). */
    public void sync(boolean dataOnly) throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    /**
     * What close(2) of one of several descriptors does. An owner of POSIX locks, if one is given, loses all that it has on the file,
     * through whichever description it got them.
     */
    public final void flush(@Nullable LockOwner owner) throws ErrnoException {
        try {
            onFlush();
        } finally {
            if (owner != null && owner.holdsLocks()) {
                FileSystem fileSystem = place.mount().fileSystem();
                fileSystem.locks().release(fileSystem.identityOf(place.dentry()), owner);
            }
        }
    }

    /** Reports what went wrong with earlier writes, as close(2) does. */
    protected void onFlush() throws ErrnoException {}

    /** The locks of fcntl(2) and flock(2) by way of this description. EBADF for a place that O_PATH opened. */
    public final OpenFileLocks locks() throws ErrnoException {
        OpenFileLocks known = locks;
        if (known != null) {
            return known;
        }
        if ((flags & OpenFlags.O_PATH) != 0) {
            throw Errno.EBADF.exception();
        }
        FileSystem fileSystem = place.mount().fileSystem();
        synchronized (this) {
            if (references == 0) {
                throw Errno.EBADF.exception();
            }
            if (locks == null) {
                Object file = fileSystem.identityOf(place.dentry());
                locks = new OpenFileLocks(fileSystem.locks(), file, place, isReadable(), isWritable());
            }
            return Objects.requireNonNull(locks);
        }
    }

    /** fcntl(2) F_SETLEASE: no file system here can tell who else opens a file, so none gives leases ({@code simple_nosetlease}). */
    public void setLease(LockType type) throws ErrnoException {
        throw ((flags & OpenFlags.O_PATH) != 0 ? Errno.EBADF : Errno.EINVAL).exception();
    }

    /** fcntl(2) F_GETLEASE. */
    public LockType lease() {
        return LockType.NONE;
    }

    /** fcntl(2) F_NOTIFY, refused as by a kernel without dnotify; inotify(7) is what took its place. */
    public void notifyOfChanges(long events) throws ErrnoException {
        throw ((flags & OpenFlags.O_PATH) != 0 ? Errno.EBADF : Errno.EINVAL).exception();
    }

    /** copy_file_range(2) into another description. */
    public long copyRange(long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        throw Errno.EXDEV.exception();
    }

    /** copy_file_range(2) by someone who may be another than the openers. */
    public long copyRange(
            Credentials caller, long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        return copyRange(offset, target, targetOffset, length, copyFlags);
    }

    /** ioctl(2). */
    public long ioctl(int command, MemorySegment argument) throws ErrnoException {
        throw Errno.ENOTTY.exception();
    }

    /** ioctl(2) by someone who may be another than the opener. */
    public long ioctl(Credentials caller, int command, MemorySegment argument) throws ErrnoException {
        return ioctl(command, argument);
    }

    /** The {@code POLL} bits that hold now. */
    public int readiness() {
        return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
    }

    /**
     * Has a listener told when readiness may have changed. Who wants to miss nothing asks for {@link #readiness} after this.
     *
     * @param events the {@code POLL} bits of interest, to which POLLERR and POLLHUP are added
     * @param once whether the first event ends it
     * @return null if the file is ready at all times, as regular files are; epoll_ctl(2) then fails with EPERM
     */
    public WaitQueue.@Nullable Registration listen(int events, boolean once, ReadinessListener listener) {
        return null;
    }

    /** How many bytes segments have together. EINVAL if a file cannot have as many. */
    protected static long sum(List<MemorySegment> segments) throws ErrnoException {
        long total = 0;
        for (int i = 0; i < segments.size(); i++) {
            total += segments.get(i).byteSize();
            if (total < 0) {
                throw Errno.EINVAL.exception();
            }
        }
        return total;
    }

    /** preadv(2): fills one segment after the other; returns how many bytes were read. */
    public long read(List<MemorySegment> targets, long offset) throws ErrnoException {
        long total = 0;
        for (int i = 0; i < targets.size(); i++) {
            MemorySegment target = targets.get(i);
            long count = read(target, 0, target.byteSize(), offset + total);
            total += count;
            if (count < target.byteSize()) {
                break;
            }
        }
        return total;
    }

    /** readv(2): at the position of the description, which moves on. */
    public long read(List<MemorySegment> targets) throws ErrnoException {
        // Nobody moves the position between two pieces.
        synchronized (this) {
            long total = 0;
            for (int i = 0; i < targets.size(); i++) {
                MemorySegment target = targets.get(i);
                long count = read(target);
                total += count;
                if (count < target.byteSize()) {
                    break;
                }
            }
            return total;
        }
    }

    /** readv(2) that, if it waits, is ended by an interruption with EINTR. */
    public long read(List<MemorySegment> targets, @Nullable Interruption interruption) throws ErrnoException {
        return read(targets);
    }

    /** pwritev(2): takes one segment after the other; returns how many bytes were written. */
    public long write(List<MemorySegment> sources, long offset) throws ErrnoException {
        long total = 0;
        for (int i = 0; i < sources.size(); i++) {
            MemorySegment source = sources.get(i);
            long count = write(source, 0, source.byteSize(), offset + total);
            total += count;
            if (count < source.byteSize()) {
                break;
            }
        }
        return total;
    }

    /** pwritev(2) by someone who may be another than the opener. */
    public long write(Credentials caller, List<MemorySegment> sources, long offset) throws ErrnoException {
        return write(sources, offset);
    }

    /** writev(2) by someone who may be another than the opener. */
    public long write(Credentials caller, List<MemorySegment> sources) throws ErrnoException {
        return write(sources);
    }

    /** writev(2): at the position of the description, which moves on. */
    public long write(List<MemorySegment> sources) throws ErrnoException {
        // Nobody moves the position between two pieces.
        synchronized (this) {
            long total = 0;
            for (int i = 0; i < sources.size(); i++) {
                MemorySegment source = sources.get(i);
                long count = write(source);
                total += count;
                if (count < source.byteSize()) {
                    break;
                }
            }
            return total;
        }
    }

    /** writev(2) that, if it waits, is ended by an interruption: with EINTR, or what was written by then. */
    public long write(List<MemorySegment> sources, @Nullable Interruption interruption) throws ErrnoException {
        return write(sources);
    }

    /** fgetxattr(2): returns the length of the value, which is copied if there is room; an empty target only asks. */
    public long getXattr(Credentials caller, Name name, MemorySegment target) throws ErrnoException {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** flistxattr(2): returns the length of the list of NUL-terminated names; an empty target only asks. */
    public long listXattr(Credentials caller, MemorySegment target) throws ErrnoException {
        return 0;
    }

    /** fsetxattr(2). */
    public void setXattr(Credentials caller, Name name, MemorySegment value, int xattrFlags) throws ErrnoException {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** fremovexattr(2). */
    public void removeXattr(Credentials caller, Name name) throws ErrnoException {
        throw Errno.EOPNOTSUPP.exception();
    }

    /** dup(2): one more descriptor shares this description, and is to be released. */
    public final synchronized FileDescription duplicate() {
        if (references == 0) {
            throw new IllegalStateException("the description was released");
        }
        references++;
        return this;
    }

    /** close(2) of one of the descriptors: after the last the description is used no more. A call too many does nothing. */
    public final void release() {
        OpenFileLocks held;
        synchronized (this) {
            if (references == 0 || --references != 0) {
                return;
            }
            held = locks;
        }
        if (held != null) {
            held.close();
        }
        FileSystemObserver observer = place.mount().fileSystem().observer();
        if (observer != null && (flags & OpenFlags.O_PATH) == 0) {
            observer.closed(place.dentry(), isWritable());
        }
        onRelease();
        if (observer != null) {
            observer.unused(place.dentry());
        }
        place.mount().release(holdsWritable);
    }

    /** The same as {@link #release}. */
    @Override
    public final void close() {
        release();
    }

    /** Tells who watches the file that it was read. */
    protected final void tellAccessed() {
        FileSystemObserver observer = place.mount().fileSystem().observer();
        if (observer != null) {
            observer.accessed(place.dentry());
        }
    }

    /** Tells who watches the file that data were written or allocated. */
    protected final void tellWritten() {
        FileSystemObserver observer = place.mount().fileSystem().observer();
        if (observer != null) {
            observer.written(place.dentry());
        }
    }

    /** Tells who watches the file that attributes were changed, {@code mask} is of {@link SetStat}. */
    protected final void tellAttributesSet(int mask) {
        FileSystemObserver observer = place.mount().fileSystem().observer();
        if (observer != null) {
            observer.attributesSet(place.dentry(), mask);
        }
    }

    /** Tells who watches the file that an extended attribute was set or removed. */
    protected final void tellXattrSet(Name name) {
        FileSystemObserver observer = place.mount().fileSystem().observer();
        if (observer != null) {
            observer.xattrSet(place.dentry(), name);
        }
    }

    /** Lets go of what the file system keeps for this description. */
    protected void onRelease() {}
}
