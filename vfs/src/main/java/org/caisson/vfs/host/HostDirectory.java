package org.caisson.vfs.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.caisson.linux.DataCalls;
import org.caisson.linux.DirectoryEntries;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDirectoryDescription;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.lock.OuterLocks;
import org.jspecify.annotations.Nullable;

/** An open directory of the host. Cookies are the host's. */
final class HostDirectory extends TreeDirectoryDescription {
    private static final int TOLD = OpenFlags.O_DIRECTORY | OpenFlags.O_NOATIME;
    private static final int BUFFER = 32 * 1024;
    private static final int DIRECTORY = 4;

    /** Buffers of directories that were read, for the next ones; few, as only so many are open at once. */
    private static final ConcurrentLinkedQueue<MemorySegment> BUFFERS = new ConcurrentLinkedQueue<>();

    private final HostFileSystem fileSystem;
    private final HostDentry directory;
    private final HostInode inode;
    private final @Nullable OpenFile open;

    // Under the monitor, as is the position of the host's open file.
    private @Nullable MemorySegment buffer;

    /** What was read and not yet taken; its present record is the next entry. */
    private @Nullable DirectoryEntries pending;

    /** The cookie of the next entry. */
    private long next;

    /** The inode was acquired, and is released with the description. */
    private HostDirectory(
            HostFileSystem fileSystem,
            VirtualDentry place,
            Credentials credentials,
            int flags,
            @Nullable OpenFile open) {
        super(fileSystem, place, credentials, flags);
        this.fileSystem = fileSystem;
        this.directory = (HostDentry) place.dentry();
        this.inode = directory.file();
        this.open = open;
        if (open != null) {
            inode.addOpened(open);
        }
    }

    static HostDirectory open(HostFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        HostDentry dentry = (HostDentry) place.dentry();
        HostInode inode = dentry.file();
        if (!inode.acquire(dentry)) {
            throw Errno.ENOENT.exception();
        }
        if (inode.isCovered()) {
            return new HostDirectory(fileSystem, place, credentials, flags, null);
        }
        int fd = fileSystem.files().descriptors().openData(inode, (flags & TOLD) | OpenFlags.O_DIRECTORY);
        try {
            HostFiles.check(fd);
        } catch (ErrnoException e) {
            inode.release(dentry);
            throw e;
        }
        return new HostDirectory(fileSystem, place, credentials, flags, new OpenFile(inode, OwnedFd.own(fd)));
    }

    /** ENOTTY if something of the host's covers it. */
    int descriptor() throws ErrnoException {
        if (open == null) {
            throw Errno.ENOTTY.exception();
        }
        return open.fd();
    }

    @Override
    protected @Nullable OuterLocks outerLocks() {
        return open == null ? null : new HostLocks(fileSystem.files(), inode, open.fd());
    }

    @Override
    public void stat(Stat out) throws ErrnoException {
        HostFiles files = fileSystem.files();
        HostAttributes attributes = open == null ? inode.attributes() : files.attributes(inode, open.fd());
        fileSystem.statOpened(inode, out, attributes);
        out.seenThrough(place().mount(), place().dentry());
    }

    @Override
    public synchronized long read(MemorySegment target) throws ErrnoException {
        return read(target, 0, target.byteSize(), next);
    }

    @Override
    public synchronized void readDirectory(long cookie, DirectorySink sink) throws ErrnoException {
        if (open == null) {
            readCovered(cookie, sink);
            return;
        }
        if (cookie != next || cookie == 0) {
            seek(cookie, SEEK_SET);
        }
        fileSystem.files().wasRead(inode, flags());
        tellAccessed();
        while (true) {
            DirectoryEntries entries = pending;
            if (entries == null) {
                entries = fetch(open.fd());
                if (entries == null) {
                    return;
                }
            }
            Name name = Name.of(buffer(), entries.nameOffset(), entries.nameLength());
            if (!sink.entry(name, number(name, entries.inode()), entries.type(), entries.offset())) {
                return;
            }
            next = entries.offset();
            pending = entries.next() ? entries : null;
        }
    }

    private MemorySegment buffer() {
        MemorySegment memory = buffer;
        if (memory == null) {
            MemorySegment used = BUFFERS.poll();
            memory = used == null ? Arena.ofAuto().allocate(BUFFER, 8) : used;
            buffer = memory;
        }
        return memory;
    }

    private @Nullable DirectoryEntries fetch(int fd) throws ErrnoException {
        MemorySegment memory = buffer();
        long length = DataCalls.getdents(fd, memory);
        HostFiles.check((int) length);
        DirectoryEntries entries = new DirectoryEntries(memory, length);
        if (!entries.next()) {
            return null;
        }
        pending = entries;
        return entries;
    }

    /** What is above the root is nobody's business. */
    private long number(Name name, long number) {
        if (directory.parent() == null && name.equals(Name.DOT_DOT)) {
            return inode.number();
        }
        return number;
    }

    private void readCovered(long cookie, DirectorySink sink) {
        HostDentry above = directory.directory();
        if (cookie == 0 && !sink.entry(Name.DOT, inode.number(), DIRECTORY, 1)) {
            return;
        }
        if (cookie <= 1) {
            sink.entry(
                    Name.DOT_DOT, above == null ? inode.number() : above.file().number(), DIRECTORY, 2);
        }
    }

    @Override
    public synchronized long seek(long offset, int whence) throws ErrnoException {
        if (open == null) {
            throw Errno.EINVAL.exception();
        }
        // The host has read ahead of what was taken.
        long wanted = whence == SEEK_CUR ? next + offset : offset;
        long result = DataCalls.lseek(open.fd(), wanted, whence == SEEK_CUR ? SEEK_SET : whence);
        if (result < 0) {
            throw Errno.of((int) -result).exception();
        }
        pending = null;
        next = result;
        return result;
    }

    @Override
    protected void onSetFlags(int changed) throws ErrnoException {
        if (open != null) {
            open.setFlags(changed & TOLD);
        }
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        if (open != null) {
            HostFiles.check(DataCalls.sync(open.fd(), dataOnly));
        }
    }

    @Override
    protected void onRelease() {
        if (open != null) {
            fileSystem.files().descriptors().close(open);
        }
        synchronized (this) {
            MemorySegment used = buffer;
            buffer = null;
            pending = null;
            if (used != null && BUFFERS.size() < 16) {
                BUFFERS.add(used);
            }
        }
        super.onRelease();
    }
}
