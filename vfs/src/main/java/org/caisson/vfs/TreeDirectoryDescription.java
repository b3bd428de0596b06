package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.TreeFileSystem.UnlistedEntry;
import org.jspecify.annotations.Nullable;

/**
 * An open directory of a {@link TreeFileSystem} whose entries are all in its table. They are listed by their cookies: what stays while it
 * is read is listed once.
 */
public class TreeDirectoryDescription extends FileDescription {
    private static final int DIRECTORY = 4;

    /** How many entries are taken at a time: the sink is called without a lock. */
    private static final int BATCH = 64;

    private final TreeFileSystem fileSystem;
    private final TreeDentry directory;

    /** Under this object's monitor, as is the position. */
    private @Nullable Batch batch;

    private long position;

    /** Entries that were taken out under the directory's monitor. */
    private static final class Batch {
        final @Nullable Name[] names = new Name[BATCH];
        final long[] inodes = new long[BATCH];
        final int[] types = new int[BATCH];
        final int[] cookies = new int[BATCH];
        int count;

        void add(Name name, long inode, int mode, int cookie) {
            names[count] = name;
            inodes[count] = inode;
            types[count] = DirectorySink.typeOf(mode);
            cookies[count] = cookie;
            count++;
        }
    }

    /** The inode was acquired, and is released with the description. */
    public TreeDirectoryDescription(
            TreeFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
        this.fileSystem = fileSystem;
        this.directory = (TreeDentry) place.dentry();
    }

    @Override
    public void stat(Stat out) throws ErrnoException {
        fileSystem.stat(place(), out);
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        fileSystem.changeOpened(this, credentials(), change);
    }

    @Override
    public void setStat(Credentials caller, SetStat change) throws ErrnoException {
        fileSystem.changeOpened(this, caller, change);
    }

    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        throw offset < 0 || offset + length < 0 ? Errno.EINVAL.exception() : Errno.EISDIR.exception();
    }

    @Override
    public synchronized long read(MemorySegment target) throws ErrnoException {
        return read(target, 0, target.byteSize(), position);
    }

    @Override
    public long read(List<MemorySegment> targets, long offset) throws ErrnoException {
        if (offset < 0 || offset + sum(targets) < 0) {
            throw Errno.EINVAL.exception();
        }
        return readVector(targets);
    }

    @Override
    public synchronized long read(List<MemorySegment> targets) throws ErrnoException {
        return readVector(targets);
    }

    /** As the kernel's {@code vfs_readv}: to read nothing succeeds whatever the file is. */
    private long readVector(List<MemorySegment> targets) throws ErrnoException {
        for (MemorySegment target : targets) {
            if (target.byteSize() != 0) {
                throw Errno.EISDIR.exception();
            }
        }
        tellAccessed();
        return 0;
    }

    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        throw offset < 0 ? Errno.EINVAL.exception() : Errno.EBADF.exception();
    }

    @Override
    public long write(MemorySegment source) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public void readDirectory(long cookie, DirectorySink sink) throws ErrnoException {
        if (cookie < 0) {
            throw Errno.EINVAL.exception();
        }
        if (directory.isSealed()) {
            throw Errno.ENOENT.exception();
        }
        fileSystem.touch(place().mount(), flags(), directory.inode());
        list(cookie, sink);
        tellAccessed();
    }

    private void list(long cookie, DirectorySink sink) {
        if (cookie == 0 && !sink.entry(Name.DOT, directory.inode().number(), DIRECTORY, 1)) {
            return;
        }
        if (cookie <= 1 && !sink.entry(Name.DOT_DOT, above(), DIRECTORY, EntryOrder.FIRST)) {
            return;
        }
        readEntries(Math.max(cookie, EntryOrder.FIRST), sink);
    }

    private long above() {
        TreeDentry parent = directory.parent();
        return (parent == null ? directory : parent).inode().number();
    }

    private synchronized void readEntries(long from, DirectorySink sink) {
        Batch taken = batch;
        if (taken == null) {
            taken = new Batch();
            batch = taken;
        }
        long next = from;
        while (next <= Integer.MAX_VALUE) {
            take((int) next, taken);
            for (int i = 0; i < taken.count; i++) {
                Name name = Objects.requireNonNull(taken.names[i]);
                if (!sink.entry(name, taken.inodes[i], taken.types[i], taken.cookies[i] + 1L)) {
                    return;
                }
            }
            if (taken.count < BATCH) {
                return;
            }
            next = taken.cookies[BATCH - 1] + 1L;
        }
    }

    private void take(int from, Batch taken) {
        synchronized (directory) {
            taken.count = 0;
            TreeDentry child = directory.childFrom(from);
            UnlistedEntry other = fileSystem.mayHoldMore(directory) ? fileSystem.unlistedFrom(directory, from) : null;
            while (taken.count < BATCH && (child != null || other != null)) {
                if (child != null && (other == null || child.cookie() < other.cookie())) {
                    int cookie = child.cookie();
                    taken.add(
                            child.name(), child.inode().number(), child.inode().mode(), cookie);
                    child = cookie == Integer.MAX_VALUE ? null : directory.childFrom(cookie + 1);
                } else {
                    int cookie = Objects.requireNonNull(other).cookie();
                    taken.add(other.name(), other.inode(), other.mode(), cookie);
                    other = cookie == Integer.MAX_VALUE ? null : fileSystem.unlistedFrom(directory, cookie + 1);
                }
            }
        }
    }

    /** dcache_dir_lseek of the kernel: any position may be set, and means a cookie. */
    @Override
    public synchronized long seek(long offset, int whence) throws ErrnoException {
        position = seekWithoutEnd(position, offset, whence);
        return position;
    }

    @Override
    public long copyRange(long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        throw copyFlags == 0 ? Errno.EISDIR.exception() : Errno.EINVAL.exception();
    }

    @Override
    public void allocate(int mode, long offset, long length) throws ErrnoException {
        int outcome = AllocationModes.check(mode, offset, length);
        throw outcome == 0 ? Errno.EBADF.exception() : Errno.of(-outcome).exception();
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        // There is nothing behind the table.
    }

    @Override
    public long getXattr(Credentials caller, Name name, MemorySegment target) throws ErrnoException {
        return fileSystem.getXattr(place().mount().through(caller), directory.inode(), name, target);
    }

    @Override
    public long listXattr(Credentials caller, MemorySegment target) throws ErrnoException {
        return fileSystem.listXattr(place().mount().through(caller), directory.inode(), target);
    }

    @Override
    public void setXattr(Credentials caller, Name name, MemorySegment value, int xattrFlags) throws ErrnoException {
        fileSystem.changeXattr(this, caller, name, value, xattrFlags);
    }

    @Override
    public void removeXattr(Credentials caller, Name name) throws ErrnoException {
        fileSystem.changeXattr(this, caller, name, null, 0);
    }

    @Override
    public long ioctl(int command, MemorySegment argument) throws ErrnoException {
        return ioctl(credentials(), command, argument);
    }

    @Override
    public long ioctl(Credentials caller, int command, MemorySegment argument) throws ErrnoException {
        return fileSystem.flagRequest(this, caller, command, argument);
    }

    @Override
    protected void onRelease() {
        directory.inode().release(directory);
    }
}
