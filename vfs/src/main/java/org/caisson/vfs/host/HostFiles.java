package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.caisson.linux.AtFlags;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatFs;
import org.caisson.linux.Statx;

/** The files of the host as far as they are known here, and what the host says of them. */
final class HostFiles implements AutoCloseable {
    private static final int STALE = -Errno.ESTALE.number();
    private static final int ST_NOATIME = 1024;
    private static final int ST_RELATIME = 4096;
    private static final int BY_NAME = AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_NO_AUTOMOUNT;

    private final HostRoot hostRoot;
    private final HostInode root;
    private final HostAcls acls;
    private final InodeTable inodes;
    private final HostDescriptors descriptors;
    private final boolean crossMounts;
    private final long validNanos;

    /** {@code ST_} flags of the host's mount. */
    private final long mountFlags;

    private final int toldFlags;

    /** Held while names of the host and dentries are moved together: who finds a file moved looks again under it. */
    private final Object moves = new Object();

    private final AtomicInteger orphans = new AtomicInteger();

    /** By the host's number, the one shown of what the host has mounted inside. */
    private final ConcurrentHashMap<Long, Long> devices = new ConcurrentHashMap<>();

    private final LongSupplier takeDevice;

    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Takes the root over.
     *
     * @param takeDevice gives a device number that nothing else has
     */
    @SuppressWarnings("this-escape") // it only keeps it
    HostFiles(HostRoot hostRoot, HostOptions options, LongSupplier takeDevice) throws ErrnoException {
        this.hostRoot = hostRoot;
        this.takeDevice = takeDevice;
        crossMounts = options.crossMounts();
        validNanos = options.caching().nanos();
        acls = new HostAcls(this, options);
        toldFlags = options.flags() ? HostInode.TOLD_FLAGS : 0;
        inodes = new InodeTable(this);
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            int fd = hostRoot.descriptor().number();
            check(EntryCalls.statx(fd, EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, HostAttributes.MASK, told));
            root = inodes.of(told, false);
            root.give(fd);
            StatFs statistics = StatFs.wrap(scratch.allocate(StatFs.SIZE));
            FileCalls.fstatfs(fd, statistics);
            mountFlags = statistics.flags();
        }
        descriptors = new HostDescriptors(options, hostRoot.detached(), moves);
    }

    HostInode root() {
        return root;
    }

    Object moves() {
        return moves;
    }

    static void check(int outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }

    boolean isExclusive() {
        return validNanos == Long.MAX_VALUE;
    }

    void countOrphans(int more) {
        orphans.addAndGet(more);
    }

    /** Whether files are in use that have no name any more. */
    boolean hasOrphans() {
        return orphans.get() != 0;
    }

    /** The number by which stat(2) tells the host's file systems apart: that of the root's is the given one. */
    long deviceOf(HostInode inode, long ofRoot) {
        return !crossMounts || inode.hostDevice() == root.hostDevice()
                ? ofRoot
                : devices.computeIfAbsent(inode.hostDevice(), device -> takeDevice.getAsLong());
    }

    HostAcls acls() {
        return acls;
    }

    HostDescriptors descriptors() {
        return descriptors;
    }

    /** A descriptor of O_PATH, or a negated errno. It stays open until {@link #release}. */
    int acquire(HostInode inode) {
        return descriptors.acquire(inode);
    }

    void release(HostInode inode) {
        descriptors.release(inode);
    }

    /** Asks for a name in a directory: 0 or a negated errno. */
    int statName(HostInode directory, MemorySegment name, Statx told) {
        int fd = acquire(directory);
        if (fd < 0) {
            return fd;
        }
        try {
            return statName(fd, name, told);
        } finally {
            release(directory);
        }
    }

    /** The same by the directory's descriptor. */
    static int statName(int directoryFd, MemorySegment name, Statx told) {
        return EntryCalls.statx(directoryFd, name, BY_NAME, HostAttributes.MASK, told);
    }

    /** Gives the file of one descriptor a name in the directory of another: 0 or a negated errno. */
    static int link(int fd, int directoryFd, MemorySegment name) {
        int outcome = EntryCalls.linkat(fd, EntryCalls.ITSELF, directoryFd, name, AtFlags.AT_EMPTY_PATH);
        if (outcome != -Errno.ENOENT.number()) {
            return outcome;
        }
        // Without CAP_DAC_READ_SEARCH the descriptor does not count as a name.
        try (Scratch scratch = Scratch.open()) {
            MemorySegment path = HostDescriptors.path(scratch, fd);
            return EntryCalls.linkat(AtFlags.AT_FDCWD, path, directoryFd, name, AtFlags.AT_SYMLINK_FOLLOW);
        }
    }

    /** Which flags of files are heeded here. */
    int toldFlags() {
        return toldFlags;
    }

    /** The file that the host told of by a name beneath the root. */
    HostInode told(Statx told) {
        boolean covered = !crossMounts && !hostRoot.detached() && told.isMountRoot();
        return inodes.of(told, covered);
    }

    /** The attributes, asked for if what is known does not hold any more. ESTALE if the file cannot be found. */
    HostAttributes attributes(HostInode inode) throws ErrnoException {
        return inode.isFresh(validNanos) || inode.isCovered() ? inode.attributes() : ask(inode);
    }

    /** Whether a file has no name but the one that is about to be removed. */
    boolean isLastName(HostInode inode) throws ErrnoException {
        if (inode.isDirectory()) {
            return true;
        }
        HostAttributes known = inode.isFresh(Long.MAX_VALUE) ? inode.attributes() : ask(inode);
        return known.links() <= 1;
    }

    /** To be called after the host read data of a file: its access time may have changed. */
    void wasRead(HostInode inode, int openFlags) {
        if ((openFlags & OpenFlags.O_NOATIME) == 0 && mayNoteRead(inode)) {
            inode.changed();
        }
    }

    /** Whether the host may change the access time of a file if it is read now. */
    boolean mayNoteRead(HostInode inode) {
        if ((mountFlags & ST_NOATIME) != 0) {
            return false;
        }
        boolean relative = (mountFlags & ST_RELATIME) != 0;
        return !relative || !inode.isFresh(Long.MAX_VALUE) || inode.attributes().isTouchedByRelatime();
    }

    /** The attributes of an open file, asked for if what is known does not hold any more. */
    HostAttributes attributes(HostInode inode, int fd) throws ErrnoException {
        if (inode.isFresh(validNanos)) {
            return inode.attributes();
        }
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            int version = inode.version();
            long moment = System.nanoTime();
            check(EntryCalls.statx(fd, EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, HostAttributes.MASK, told));
            return inode.tell(told, version, moment);
        }
    }

    /** The attributes, asked for now. */
    HostAttributes ask(HostInode inode) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            int version = inode.version();
            long moment = System.nanoTime();
            if (!inode.hasDescriptor() && askByName(inode, told)) {
                return inode.tell(told, version, moment);
            }
            int fd = acquire(inode);
            if (fd < 0) {
                if (fd == STALE && inode.isGone()) {
                    return inode.attributes();
                }
                throw Errno.of(-fd).exception();
            }
            try {
                check(EntryCalls.statx(fd, EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, HostAttributes.MASK, told));
            } finally {
                release(inode);
            }
            return inode.tell(told, version, moment);
        }
    }

    private boolean askByName(HostInode inode, Statx told) {
        HostDentry dentry = inode.alias(null);
        HostDentry directory = dentry == null ? null : dentry.directory();
        if (dentry == null || directory == null) {
            return false;
        }
        try (Scratch scratch = Scratch.open()) {
            return statName(directory.file(), HostDescriptors.nativeName(scratch, dentry.name()), told) == 0
                    && inode.isTold(told);
        }
    }

    /** The root is reached no more, lest its number means another file by then. */
    @Override
    public void close() {
        if (!closed.getAndSet(true)) {
            root.letGo();
            root.take();
            descriptors.close();
            hostRoot.descriptor().close();
        }
    }
}
