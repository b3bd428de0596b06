package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.caisson.linux.AtFlags;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.ProcessCalls;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;
import org.caisson.vfs.Name;

/**
 * Reaches the files of the host. A file is opened by one name in its directory's descriptor, never following a link, and then must be the
 * one that was meant; so whatever somebody on the host moves meanwhile, nothing else is reached. ESTALE says that the file is not where it
 * was.
 */
final class HostDescriptors implements AutoCloseable {
    private static final int MOST_DESCRIPTORS = 8192;
    private static final int PATIENCE = 16;

    /** No path leads deeper (PATH_MAX); a host that moves directories meanwhile could lead us round in circles. */
    private static final int DEEPEST = 2048;

    private static final int STALE = -Errno.ESTALE.number();
    private static final int ELSEWHERE = -Errno.EXDEV.number();
    private static final int NO_ENTRY = -Errno.ENOENT.number();
    private static final int NO_MORE_HERE = -Errno.EMFILE.number();
    private static final int NO_MORE_AT_ALL = -Errno.ENFILE.number();
    private static final int TRY_AGAIN = -Errno.EAGAIN.number();
    private static final int BENEATH =
            OpenFlags.RESOLVE_BENEATH | OpenFlags.RESOLVE_NO_MAGICLINKS | OpenFlags.RESOLVE_NO_SYMLINKS;

    private final DescriptorCache cache;

    /** {@code /proc/self/fd}, through which a descriptor of O_PATH is opened for data. */
    private final OwnedFd ownDescriptors;

    private final long resolve;

    /** There is no mount inside: what seems to be one was moved out while it was opened. */
    private final boolean withoutMounts;

    private final Object moves;

    HostDescriptors(HostOptions options, boolean detached, Object moves) throws ErrnoException {
        this.moves = moves;
        resolve = options.crossMounts() ? BENEATH : BENEATH | OpenFlags.RESOLVE_NO_XDEV;
        withoutMounts = detached || options.crossMounts();
        cache = new DescriptorCache(options.descriptors() == 0 ? share() : options.descriptors());
        ownDescriptors = FileCalls.open("/proc/self/fd", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
    }

    /** A quarter of what this process may open: the rest is for files that are open. */
    private static int share() throws ErrnoException {
        long limit = ProcessCalls.prlimit(0, ProcessCalls.RLIMIT_NOFILE).soft();
        return limit < 0 ? MOST_DESCRIPTORS : Math.clamp(limit / 4, 16, MOST_DESCRIPTORS);
    }

    /** How many descriptors are kept, besides the root's. */
    int kept() {
        return cache.size();
    }

    static MemorySegment nativeName(Scratch scratch, Name name) {
        MemorySegment segment = scratch.allocate(name.length() + 1L);
        name.copyTo(segment, 0);
        return segment;
    }

    /** The path of a descriptor, for calls that take no descriptor of O_PATH. */
    static MemorySegment path(Scratch scratch, int fd) {
        return scratch.string(("/proc/self/fd/" + fd).getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isUsedUp(int outcome) {
        return outcome == NO_MORE_HERE || outcome == NO_MORE_AT_ALL;
    }

    /** A descriptor of O_PATH, or a negated errno. It stays open until {@link #release}. */
    int acquire(HostInode inode) {
        int fd = inode.use();
        if (fd >= 0) {
            return fd;
        }
        if (inode.isCovered()) {
            return ELSEWHERE;
        }
        fd = inode.isDirectory() ? descend(inode) : openByNames(inode, OpenFlags.O_PATH);
        if (fd >= 0 || isUsedUp(fd)) {
            return inode.isDirectory() ? fd : keep(inode, fd);
        }
        fd = openByOpened(inode, OpenFlags.O_PATH);
        if (fd >= 0) {
            return keep(inode, fd);
        }
        // A rename of ours may have moved names on the host and not yet here.
        synchronized (moves) {
            return inode.isDirectory() ? descend(inode) : keep(inode, openByNames(inode, OpenFlags.O_PATH));
        }
    }

    void release(HostInode inode) {
        inode.letGo();
    }

    /** Gives a file the descriptor that was opened for it, in use by the caller; or takes the one that another thread was quicker to give. */
    private int keep(HostInode inode, int fd) {
        if (fd < 0) {
            return fd;
        }
        while (!inode.give(fd)) {
            int present = inode.use();
            if (present >= 0) {
                EntryCalls.close(fd);
                return present;
            }
        }
        cache.add(inode);
        return fd;
    }

    /** Opens a directory beneath the nearest one above that is open: up by the names that are known, and down again. */
    private int descend(HostInode inode) {
        ArrayDeque<HostDentry> way = new ArrayDeque<>();
        HostInode at = inode;
        int fd = -1;
        while (fd < 0) {
            HostDentry name = at.alias(null);
            HostDentry above = name == null ? null : name.directory();
            if (name == null || above == null || way.size() == DEEPEST) {
                return STALE;
            }
            way.push(name);
            at = above.file();
            fd = at.use();
        }
        for (HostDentry name : way) {
            HostInode next = name.file();
            int opened = openIn(fd, next, name, OpenFlags.O_PATH);
            release(at);
            if (opened < 0) {
                return opened;
            }
            fd = keep(next, opened);
            at = next;
        }
        return fd;
    }

    /** Opens a file by whichever of its names leads to it. */
    private int openByNames(HostInode inode, int flags) {
        int outcome = STALE;
        for (HostDentry name = inode.alias(null); name != null; name = inode.alias(name)) {
            HostDentry directory = name.directory();
            if (directory == null) {
                return STALE;
            }
            int directoryFd = acquire(directory.file());
            if (directoryFd < 0) {
                outcome = directoryFd;
                continue;
            }
            outcome = openIn(directoryFd, inode, name, flags);
            release(directory.file());
            if (outcome >= 0 || isUsedUp(outcome)) {
                break;
            }
        }
        return outcome;
    }

    /** Opens what a name in an open directory leads to, if that is the file meant. */
    private int openIn(int directoryFd, HostInode inode, HostDentry name, int flags) {
        try (Scratch scratch = Scratch.open()) {
            int fd = openName(directoryFd, nativeName(scratch, name.name()), flags, 0);
            if (fd < 0) {
                return fd == NO_ENTRY ? STALE : fd;
            }
            return isOpen(inode, fd) ? fd : STALE;
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

    /** Opens or creates one name in an open directory. */
    int openName(int directoryFd, MemorySegment name, int flags, int mode) {
        int fd = EntryCalls.openat2(directoryFd, name, flags | OpenFlags.O_NOFOLLOW, mode, resolve);
        for (int tries = 0; fd < 0 && tries < PATIENCE; tries++) {
            boolean again = fd == TRY_AGAIN || (fd == ELSEWHERE && withoutMounts) || (isUsedUp(fd) && cache.shrink());
            if (!again) {
                return fd;
            }
            fd = EntryCalls.openat2(directoryFd, name, flags | OpenFlags.O_NOFOLLOW, mode, resolve);
        }
        return fd == ELSEWHERE && withoutMounts ? STALE : fd;
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
            MemorySegment number = scratch.string(Integer.toString(fd).getBytes(StandardCharsets.US_ASCII));
            int opened = EntryCalls.openat(ownDescriptors.number(), number, flags, 0);
            return isUsedUp(opened) && cache.shrink()
                    ? EntryCalls.openat(ownDescriptors.number(), number, flags, 0)
                    : opened;
        }
    }

    /** Closes an open file. What is left of the descriptions of a file without a name can find it by a descriptor of O_PATH only. */
    void close(OpenFile open) {
        HostInode inode = open.inode;
        if (inode.isGone() && inode.users() > 1 && acquire(inode) >= 0) {
            inode.pin();
        }
        inode.removeOpened(open);
        open.descriptor().close();
    }

    /** Opens a file for its data or its entries: a descriptor or a negated errno. Never waits for a pipe, nor for the lease of somebody. */
    int openData(HostInode inode, int flags) {
        int all = flags | OpenFlags.O_NONBLOCK | OpenFlags.O_NOCTTY;
        if (!inode.hasDescriptor() && !inode.isCovered()) {
            int fd = openByNames(inode, all);
            if (fd != STALE) {
                return fd;
            }
        }
        int fd = acquire(inode);
        if (fd < 0) {
            return fd;
        }
        try {
            return openNumber(fd, all);
        } finally {
            release(inode);
        }
    }

    @Override
    public void close() {
        cache.close();
        ownDescriptors.close();
    }
}
