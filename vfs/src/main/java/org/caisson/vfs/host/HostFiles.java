package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.caisson.linux.AtFlags;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatFs;
import org.caisson.linux.Statx;
import org.caisson.linux.XattrCalls;
import org.caisson.vfs.Name;

/**
 * Reaches the files of the host. A file is opened by one name in its directory's descriptor, never following a link, and then
 * must be the one that was meant; so whatever somebody on the host moves meanwhile, nothing else is reached. ESTALE says that the file is
 * not where it was.
 */
final class HostFiles implements AutoCloseable {
    private static final int MOST_DESCRIPTORS = 8192;
    private static final int PATIENCE = 16;
    private static final int STALE = -Errno.ESTALE.number();
    private static final int NO_MORE_HERE = -Errno.EMFILE.number();
    private static final int NO_MORE_AT_ALL = -Errno.ENFILE.number();
    private static final int TRY_AGAIN = -Errno.EAGAIN.number();
    private static final int BENEATH =
            OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_NO_MAGICLINKS | OpenFlags.RESOLVE_NO_SYMLINKS;
    private static final int ST_NOATIME = 1024;
    private static final int ST_RELATIME = 4096;
    private static final String DEFAULT_ACL = "system.posix_acl_default";
    private static final int BY_NAME = AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_NO_AUTOMOUNT;

    private final HostRoot hostRoot;
    private final HostInode root;
    private final InodeTable inodes = new InodeTable();
    private final DescriptorCache descriptors;

    /** {@code /proc/self/fd}, through which a descriptor of O_PATH is opened for data. */
    private final OwnedFd ownDescriptors;

    private final boolean crossMounts;

    /** The host's file system has no access control lists. */
    private volatile boolean withoutAcls;

    private final long validNanos;

    /** {@code ST_} flags of the host's mount. */
    private final long mountFlags;

    /** Held while names of the host and dentries are moved together: who finds a file moved looks again under it. */
    private final Object moves = new Object();

    /** Takes the root over. */
    HostFiles(HostRoot hostRoot, HostOptions options) throws ErrnoException {
        this.hostRoot = hostRoot;
        crossMounts = options.crossMounts();
        validNanos = options.caching().nanos();
        descriptors = new DescriptorCache(options.descriptors() == 0 ? share() : options.descriptors());
        ownDescriptors = FileCalls.open("/proc/self/fd", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            int fd = hostRoot.descriptor().number();
            check(EntryCalls.statx(fd, EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, HostAttributes.MASK, told));
            root = inodes.of(told, false);
            root.give(fd);
            StatFs statistics = StatFs.wrap(scratch.allocate(StatFs.SIZE));
            FileCalls.fstatfs(fd, statistics);
            mountFlags = statistics.flags();
        } catch (ErrnoException e) {
            ownDescriptors.close();
            throw e;
        }
    }

    /** A quarter of what this process may open: the rest is for files that are open. */
    private static int share() throws ErrnoException {
        long limit = ProcessCalls.prlimit(0, ProcessCalls.RLIMIT_NOFILE).soft();
        return limit < 0 ? MOST_DESCRIPTORS : Math.clamp(limit / 4, 16, MOST_DESCRIPTORS);
    }

    HostInode root() {
        return root;
    }

    Object moves() {
        return moves;
    }

    int descriptorCount() {
        return descriptors.size();
    }

    static void check(int outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }

    static MemorySegment nativeName(Scratch scratch, Name name) {
        MemorySegment segment = scratch.allocate(name.length() + 1L);
        name.copyTo(segment, 0);
        return segment;
    }

    boolean isExclusive() {
        return validNanos == Long.MAX_VALUE;
    }

    /** A descriptor of O_PATH, or a negated errno. It stays open until {@link #release}. */
    int acquire(HostInode inode) {
        while (true) {
            int fd = inode.use();
            if (fd >= 0) {
                return fd;
            }
            if (inode.isCovered()) {
                return -Errno.EXDEV.number();
            }
            fd = openAgain(inode, OpenFlags.O_PATH);
            if (fd < 0) {
                return fd;
            }
            if (inode.give(fd)) {
                descriptors.add(inode);
                return fd;
            }
            EntryCalls.close(fd);
        }
    }

    void release(HostInode inode) {
        inode.letGo();
    }

    /** Opens a file by one of its names, or by way of an open description if it has none any more. */
    private int openAgain(HostInode inode, int flags) {
        int fd = openByNames(inode, flags);
        if (fd >= 0 || fd == NO_MORE_HERE || fd == NO_MORE_AT_ALL) {
            return fd;
        }
        fd = openByOpened(inode, flags);
        if (fd >= 0) {
            return fd;
        }
        synchronized (moves) {
            return openByNames(inode, flags);
        }
    }

    private int openByNames(HostInode inode, int flags) {
        int outcome = STALE;
        for (HostDentry name = inode.alias(null); name != null; name = inode.alias(name)) {
            outcome = openByName(inode, name, flags);
            if (outcome >= 0 || outcome == NO_MORE_HERE || outcome == NO_MORE_AT_ALL) {
                return outcome;
            }
        }
        return outcome == -Errno.ENOENT.number() ? STALE : outcome;
    }

    private int openByName(HostInode inode, HostDentry dentry, int flags) {
        HostDentry directory = dentry.directory();
        if (directory == null) {
            return STALE;
        }
        try (Scratch scratch = Scratch.open()) {
            int fd = openBeneath(directory.file(), nativeName(scratch, dentry.name()), flags, 0);
            return fd < 0 || isOpen(inode, fd) ? fd : STALE;
        }
    }

    /** Whether a file just opened is the one meant; else it is closed. */
    private static boolean isOpen(HostInode inode, int fd) {
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            int version = inode.version();
            long moment = System.nanoTime();
            int outcome = EntryCalls.statx(fd, EntryCalls.ITSELF, AtFlags.AT_EMPTY_PATH, HostAttributes.MASK, told);
            if (outcome == 0 && inode.isTold(told)) {
                inode.tell(told, version, moment);
                return true;
            }
            EntryCalls.close(fd);
            return false;
        }
    }

    /** Opens or creates one name in a directory. */
    int openBeneath(HostInode directory, MemorySegment name, int flags, int mode) {
        int directoryFd = acquire(directory);
        if (directoryFd < 0) {
            return directoryFd;
        }
        try {
            long resolve = crossMounts ? BENEATH : BENEATH | OpenFlags.RESOLVE_NO_XDEV;
            int fd = EntryCalls.openat2(directoryFd, name, flags | OpenFlags.O_NOFOLLOW, mode, resolve);
            for (int tries = 0; tries < PATIENCE; tries++) {
                boolean none = (fd == NO_MORE_HERE || fd == NO_MORE_AT_ALL) && descriptors.shrink();
                if (!none && fd != TRY_AGAIN) {
                    break;
                }
                fd = EntryCalls.openat2(directoryFd, name, flags | OpenFlags.O_NOFOLLOW, mode, resolve);
            }
            return fd;
        } finally {
            release(directory);
        }
    }

    private int openByOpened(HostInode inode, int flags) {
        synchronized (inode) {
            OpenFile open = inode.anyOpened();
            return open == null ? STALE : openNumber(open.fd(), flags);
        }
    }

    /** Opens the very file of a descriptor again. */
    private int openNumber(int fd, int flags) {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment number = decimal(scratch, fd);
            int opened = EntryCalls.openat(ownDescriptors.number(), number, flags, 0);
            boolean none = (opened == NO_MORE_HERE || opened == NO_MORE_AT_ALL) && descriptors.shrink();
            return none ? EntryCalls.openat(ownDescriptors.number(), number, flags, 0) : opened;
        }
    }

    private static MemorySegment decimal(Scratch scratch, int number) {
        return scratch.string(Integer.toString(number).getBytes(StandardCharsets.US_ASCII));
    }

    /** The path of a descriptor, for calls that take no descriptor of O_PATH. */
    static MemorySegment path(Scratch scratch, int fd) {
        return scratch.string(("/proc/self/fd/" + fd).getBytes(StandardCharsets.US_ASCII));
    }

    /** Opens a file for its data or its entries: a descriptor or a negated errno. Never waits for a pipe, nor for the lease of somebody. */
    int openData(HostInode inode, int flags) {
        int all = flags | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY;
        int fd = inode.use();
        if (fd < 0) {
            return inode.isCovered() ? -Errno.EXDEV.number() : openAgain(inode, all);
        }
        try {
            return openNumber(fd, all);
        } finally {
            release(inode);
        }
    }

    /** Asks for a name in a directory: 0 or a negated errno. */
    int statName(HostInode directory, MemorySegment name, Statx told) {
        int fd = acquire(directory);
        if (fd < 0) {
            return fd;
        }
        try {
            return EntryCalls.statx(fd, name, BY_NAME, HostAttributes.MASK, told);
        } finally {
            release(directory);
        }
    }

    /** Gives the file of one descriptor a name in the directory of another: 0 or a negated errno. */
    int link(int fd, int directoryFd, MemorySegment name) {
        int outcome = EntryCalls.linkat(fd, EntryCalls.ITSELF, directoryFd, name, AtFlags.AT_EMPTY_PATH);
        if (outcome != -Errno.ENOENT.number()) {
            return outcome;
        }
        // Without CAP_DAC_READ_SEARCH the descriptor does not count as a name.
        try (Scratch scratch = Scratch.open()) {
            MemorySegment number = decimal(scratch, fd);
            return EntryCalls.linkat(ownDescriptors.number(), number, directoryFd, name, AtFlags.AT_SYMLINK_FOLLOW);
        }
    }

    /** Whether a default access control list says what permissions new files get, and not the umask. */
    boolean hasDefaultAcl(HostInode directory) {
        if (withoutAcls) {
            return false;
        }
        Boolean known = validNanos == Long.MAX_VALUE ? directory.hasDefaultAcl() : null;
        if (known != null) {
            return known;
        }
        int fd = acquire(directory);
        if (fd < 0) {
            return false;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment name = scratch.string(DEFAULT_ACL);
            long length = XattrCalls.getxattr(path(scratch, fd), name, scratch.allocate(0));
            if (length == -Errno.EOPNOTSUPP.number() && !crossMounts) {
                withoutAcls = true;
            }
            directory.hasDefaultAcl(length >= 0);
            return length >= 0;
        } finally {
            release(directory);
        }
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

    /** To be called after the host read data of a file: its access time may have changed. */
    void wasRead(HostInode inode, int openFlags) {
        boolean kept = (mountFlags & ST_NOATIME) != 0 || (openFlags & OpenFlags.O_NOATIME) != 0;
        if (kept) {
            return;
        }
        boolean relative = (mountFlags & ST_RELATIME) != 0;
        if (!relative || !inode.isFresh(Long.MAX_VALUE) || inode.attributes().isTouchedByRelatime()) {
            inode.changed();
        }
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
            return statName(directory.file(), nativeName(scratch, dentry.name()), told) == 0 && inode.isTold(told);
        }
    }

    @Override
    public void close() {
        descriptors.close();
        ownDescriptors.close();
        hostRoot.descriptor().close();
    }
}
