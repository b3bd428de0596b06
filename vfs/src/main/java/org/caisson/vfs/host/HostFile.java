package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.caisson.linux.DataCalls;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.SeekableDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeFileDescription;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.lock.OuterLocks;

/** An open regular file of the host. Data moves between its pages and the caller's native memory without a copy here. */
final class HostFile extends TreeFileDescription implements BackedByHostFile {
    /** What the host is told. The rest is done here: files are created and truncated apart from being opened. */
    private static final int TOLD =
            OpenFlags.O_ACCMODE | OpenFlags.O_DIRECT | OpenFlags.O_SYNC | OpenFlags.O_NOATIME | OpenFlags.O_LARGEFILE;

    /** How much at once goes through native memory for a caller whose memory is on the heap. */
    private static final int BOUNCE = 64 * 1024;

    /** What any file may be as large as. */
    private static final long ALWAYS_AN_OFFSET = 1L << 31;

    private final HostFileSystem fileSystem;
    private final HostFiles files;
    private final HostInode inode;
    private final OpenFile open;
    private final int fd;

    /** Whether data goes past this. Under the monitor. */
    private boolean bypassed;

    /** The inode was acquired, and is released with the description. */
    HostFile(HostFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags, OpenFile open) {
        super(fileSystem, place, credentials, flags);
        this.fileSystem = fileSystem;
        this.files = fileSystem.files();
        this.inode = open.inode;
        this.open = open;
        this.fd = open.fd();
        inode.addOpened(open);
    }

    static int hostFlags(int flags) {
        int told = flags & TOLD;
        int access = flags & OpenFlags.O_ACCMODE;
        boolean truncatesUnwritten = (flags & OpenFlags.O_TRUNC) != 0 && access != OpenFlags.O_WRONLY;
        return truncatesUnwritten ? (told & ~OpenFlags.O_ACCMODE) | OpenFlags.O_RDWR : told;
    }

    static HostFile open(HostFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        HostDentry dentry = (HostDentry) place.dentry();
        HostInode inode = dentry.file();
        if (!inode.acquire(dentry)) {
            throw Errno.ENOENT.exception();
        }
        // The host lets a file that may only be appended to be opened so alone.
        int fd = fileSystem.files().descriptors().openData(inode, hostFlags(flags) | (flags & inode.appendFlag()));
        try {
            HostFiles.check(fd);
        } catch (ErrnoException e) {
            inode.release(dentry);
            throw e;
        }
        HostFile file = new HostFile(fileSystem, place, credentials, flags, new OpenFile(inode, OwnedFd.own(fd)));
        if ((flags & OpenFlags.O_TRUNC) != 0) {
            file.truncate(credentials);
        }
        return file;
    }

    private void truncate(Credentials credentials) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.SIZE;
        try {
            HostFiles.check(fileSystem.changes().attributes(credentials, inode, change, fd));
        } catch (ErrnoException e) {
            release();
            throw e;
        }
    }

    @Override
    public int descriptor() {
        return fd;
    }

    @Override
    protected OuterLocks outerLocks() {
        return new HostLocks(files, inode, fd);
    }

    @Override
    public synchronized void bypass() {
        if (!bypassed) {
            bypassed = true;
            inode.bypass(1);
        }
    }

    @Override
    public synchronized void endBypass() {
        if (bypassed) {
            bypassed = false;
            inode.bypass(-1);
        }
    }

    @Override
    public void stat(Stat out) throws ErrnoException {
        fileSystem.statOpened(inode, out, files.attributes(inode, fd));
        out.seenThrough(place().mount(), place().dentry());
    }

    @Override
    public void setStat(Credentials caller, SetStat change) throws ErrnoException {
        if (change.has(SetStat.SIZE)) {
            if (change.size < 0 || !isWritable()) {
                throw Errno.EINVAL.exception();
            }
            if (place().mount().isReadOnly()) {
                throw Errno.EROFS.exception();
            }
            int mode = inode.mode();
            HostFiles.check(fileSystem.changes().attributes(caller, inode, change, fd));
            tellAttributesSet(change.mask | (inode.mode() == mode ? 0 : SetStat.MODE));
        } else {
            super.setStat(caller, change);
        }
    }

    @Override
    protected long size() throws ErrnoException {
        return files.attributes(inode, fd).size();
    }

    private static long checked(long result) throws ErrnoException {
        if (result < 0) {
            throw Errno.of((int) -result).exception();
        }
        return result;
    }

    @Override
    protected long readData(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        return checked(
                target.isNative()
                        ? DataCalls.pread(fd, target, at, length, offset)
                        : readThrough(target, at, length, offset));
    }

    private long readThrough(MemorySegment target, long at, long length, long offset) {
        Objects.checkFromIndexSize(at, length, target.byteSize());
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(Math.min(length, BOUNCE));
            long total = 0;
            while (total < length) {
                long wanted = Math.min(length - total, buffer.byteSize());
                long count = DataCalls.pread(fd, buffer, 0, wanted, offset + total);
                if (count <= 0) {
                    return total > 0 ? total : count;
                }
                MemorySegment.copy(buffer, 0, target, at + total, count);
                total += count;
                if (count < wanted) {
                    break;
                }
            }
            return total;
        }
    }

    @Override
    protected long readData(List<MemorySegment> targets, long length, long offset) throws ErrnoException {
        if (!isNative(targets)) {
            return super.readData(targets, length, offset);
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment vector = scratch.allocate((long) targets.size() * DataCalls.IOVEC_SIZE);
            int count = fill(vector, targets, length);
            return checked(DataCalls.preadv(fd, vector, count, offset));
        }
    }

    private static boolean isNative(List<MemorySegment> segments) {
        if (segments.size() > DataCalls.IOV_MAX) {
            return false;
        }
        for (int i = 0; i < segments.size(); i++) {
            if (!segments.get(i).isNative()) {
                return false;
            }
        }
        return true;
    }

    /** Describes as much of the segments as there are bytes to move; returns how many. */
    private static int fill(MemorySegment vector, List<MemorySegment> segments, long length) {
        long left = length;
        int count = 0;
        while (count < segments.size() && left > 0) {
            MemorySegment segment = segments.get(count);
            long part = Math.min(left, segment.byteSize());
            DataCalls.setVector(vector, count, segment, 0, part);
            left -= part;
            count++;
        }
        return count;
    }

    @Override
    protected long writeAt(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException {
        prepareWrite(caller, offset);
        long count = source.isNative()
                ? DataCalls.pwrite(fd, source, at, length, offset)
                : writeThrough(source, at, length, offset);
        return written(offset, count);
    }

    private long written(long offset, long count) throws ErrnoException {
        inode.changed();
        if (count > 0) {
            fileSystem.tellData(inode, offset, count, fd);
        }
        return checked(count);
    }

    private long writeThrough(MemorySegment source, long at, long length, long offset) {
        Objects.checkFromIndexSize(at, length, source.byteSize());
        try (Scratch scratch = Scratch.open()) {
            MemorySegment buffer = scratch.allocate(Math.min(length, BOUNCE));
            long total = 0;
            while (total < length) {
                long wanted = Math.min(length - total, buffer.byteSize());
                MemorySegment.copy(source, at + total, buffer, 0, wanted);
                long count = DataCalls.pwrite(fd, buffer, 0, wanted, offset + total);
                if (count < 0) {
                    return total > 0 ? total : count;
                }
                total += count;
                if (count < wanted) {
                    break;
                }
            }
            return total;
        }
    }

    @Override
    protected long writeAt(Credentials caller, List<MemorySegment> sources, long length, long offset)
            throws ErrnoException {
        if (!isNative(sources)) {
            return super.writeAt(caller, sources, length, offset);
        }
        prepareWrite(caller, offset);
        try (Scratch scratch = Scratch.open()) {
            MemorySegment vector = scratch.allocate((long) sources.size() * DataCalls.IOVEC_SIZE);
            int count = fill(vector, sources, length);
            return written(offset, DataCalls.pwritev(fd, vector, count, offset));
        }
    }

    /** The position of the host's open file serves to learn where the data went. */
    @Override
    protected synchronized long append(Credentials caller, MemorySegment source, long at, long length)
            throws ErrnoException {
        dropSetIds(caller);
        try (Scratch scratch = Scratch.open()) {
            MemorySegment vector = scratch.allocate(DataCalls.IOVEC_SIZE);
            long result;
            if (source.isNative()) {
                DataCalls.setVector(vector, 0, source, at, length);
                result = DataCalls.append(fd, vector, 1);
            } else {
                // What others append may come between the parts only of what is too long for one.
                long part = Math.min(length, BOUNCE);
                MemorySegment buffer = scratch.allocate(part);
                MemorySegment.copy(source, at, buffer, 0, part);
                DataCalls.setVector(vector, 0, buffer, 0, part);
                result = DataCalls.append(fd, vector, 1);
            }
            inode.changed();
            checked(result);
            long end = checked(DataCalls.lseek(fd, 0, SEEK_CUR));
            appendedUpTo(end);
            return written(end - result, result);
        }
    }

    private void prepareWrite(Credentials caller, long offset) throws ErrnoException {
        if (isOffset(offset)) {
            dropSetIds(caller);
        }
    }

    /** A write by somebody without CAP_FSETID takes set-id bits away; the host would not, as we have it. */
    private void dropSetIds(Credentials caller) throws ErrnoException {
        if (!files.isExclusive()) {
            files.attributes(inode, fd);
        }
        if (!AttributeChange.hasSetIds(inode)) {
            return;
        }
        AttributeChange change = new AttributeChange();
        change.prepareWrite(caller, inode);
        if (change.has(SetStat.MODE)) {
            HostFiles.check(EntryCalls.fchmod(fd, change.mode & 07777));
            inode.changed();
            inode.aclChanged();
            files.attributes(inode, fd);
            tellAttributesSet(SetStat.MODE);
        }
    }

    /** Few file systems have files as large as that: the host's knows. */
    @Override
    protected boolean isOffset(long offset) {
        return offset < ALWAYS_AN_OFFSET || DataCalls.lseek(fd, offset, SEEK_SET) >= 0;
    }

    @Override
    protected long seekData(long offset, boolean hole) throws ErrnoException {
        return checked(DataCalls.lseek(fd, offset, hole ? SEEK_HOLE : SEEK_DATA));
    }

    @Override
    protected void allocateData(Credentials caller, int mode, long offset, long length) throws ErrnoException {
        dropSetIds(caller);
        int outcome = DataCalls.fallocate(fd, mode, offset, length);
        inode.changed();
        HostFiles.check(outcome);
        tellWritten();
        fileSystem.tellData(inode, offset, length, fd);
    }

    /** Reads and writes here never wait, and are appended by each call alone. */
    @Override
    protected void onSetFlags(int changed) throws ErrnoException {
        open.setFlags(hostFlags(changed));
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        HostFiles.check(DataCalls.sync(fd, dataOnly));
    }

    /** By the host's copy_file_range(2), which may share what it copies. */
    @Override
    protected long copyData(Credentials caller, long offset, SeekableDescription target, long targetOffset, long length)
            throws ErrnoException {
        if (!(target instanceof HostFile other)) {
            return super.copyData(caller, offset, target, targetOffset, length);
        }
        if (length == 0) {
            return 0;
        }
        other.dropSetIds(caller);
        long count = DataCalls.copyFileRange(fd, offset, other.fd, targetOffset, length);
        files.wasRead(inode, flags());
        other.written(targetOffset, count);
        return count;
    }

    @Override
    protected void onRelease() {
        endBypass();
        files.descriptors().close(open);
        inode.release((HostDentry) place().dentry());
    }
}
