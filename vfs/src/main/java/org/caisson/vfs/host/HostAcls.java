package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Scratch;
import org.caisson.linux.XattrCalls;
import org.caisson.vfs.Acl;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/**
 * The access control lists that the host keeps of its files. One is read when a decision first depends on it, and again when the host's
 * change time says that it may be another one: each change of a list is a change of the file.
 */
final class HostAcls {
    private static final int VALUE_MAX = 65536;
    private static final int USUAL = 1024;

    private static final long NO_LIST = -Errno.ENODATA.number();
    private static final long NO_LISTS = -Errno.EOPNOTSUPP.number();
    private static final long TOO_LONG = -Errno.ERANGE.number();

    /** How long ago the last change must be for the next one to have another change time, whatever the clock of the file system. */
    private static final long TICK_MILLIS = 2000;

    private final HostFiles files;
    private final boolean exclusive;
    private final long validNanos;

    /** All files are on one file system of the host. */
    private final boolean single;

    /** That file system has no lists at all. */
    private volatile boolean unsupported;

    HostAcls(HostFiles files, HostOptions options) {
        this.files = files;
        exclusive = options.caching().isExclusive();
        validNanos = options.caching().nanos();
        single = !options.crossMounts();
    }

    /**
     * What was read of a file.
     *
     * @param acl null if the mode says it all
     * @param changeSeconds the file's change time as it was known before
     * @param moment when that was, of {@link System#nanoTime}
     * @param settled whether a change since would show in the change time
     */
    record Known(@Nullable Acl acl, long changeSeconds, int changeNanos, long moment, boolean settled) {
        /** Whether the file has not changed since, if these are its attributes now. */
        boolean isOf(HostAttributes attributes) {
            return settled && changeSeconds == attributes.changeSeconds() && changeNanos == attributes.changeNanos();
        }
    }

    boolean isExclusive() {
        return exclusive;
    }

    boolean areUnsupported() {
        return unsupported;
    }

    /** Who may use a file, if the mode does not say it all. A list that cannot be read lets nobody use it. */
    @Nullable
    Acl access(HostInode inode) {
        Known known = inode.knownAcl();
        if (known != null && holds(known, inode)) {
            return known.acl();
        }
        return unsupported ? inode.learnNone() : read(inode);
    }

    private boolean holds(Known known, HostInode inode) {
        return exclusive || System.nanoTime() - known.moment() < validNanos || known.isOf(inode.attributes());
    }

    /** Learns of the list of a directory that is about to be walked through, if that is to be learnt once only. */
    void prepare(HostInode directory) {
        if (exclusive && directory.knownAcl() == null) {
            access(directory);
        }
    }

    private @Nullable Acl read(HostInode inode) {
        int changes = inode.aclChanges();
        HostAttributes before = inode.attributes();
        long moment = System.nanoTime();
        long settledSince = System.currentTimeMillis() - TICK_MILLIS;
        int fd = files.acquire(inode);
        if (fd < 0) {
            return Acl.UNREADABLE;
        }
        Acl acl;
        try {
            acl = read(fd, Acl.ACCESS);
        } catch (ErrnoException e) {
            return Acl.UNREADABLE;
        } finally {
            files.release(inode);
        }
        if (acl == null && unsupported) {
            return inode.learnNone();
        }
        boolean settled = exclusive || before.changeMillis() < settledSince;
        Known known = new Known(acl, before.changeSeconds(), before.changeNanos(), moment, settled);
        return inode.learn(known, changes);
    }

    private @Nullable Acl read(int fd, Name attribute) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment path = HostDescriptors.path(scratch, fd);
            MemorySegment name = HostDescriptors.nativeName(scratch, attribute);
            MemorySegment room = scratch.allocate(USUAL);
            long length = XattrCalls.getxattr(path, name, room);
            if (length == TOO_LONG) {
                room = scratch.allocate(VALUE_MAX);
                length = XattrCalls.getxattr(path, name, room);
            }
            if (length == NO_LISTS && single) {
                unsupported = true;
            }
            if (length == NO_LIST || length == NO_LISTS) {
                return null;
            }
            HostFiles.check((int) length);
            return Acl.parse(room.asSlice(0, length));
        }
    }

    /** Whether a default access control list says what permissions new files get, and not the umask. */
    boolean hasDefault(HostInode directory) throws ErrnoException {
        if (unsupported) {
            return false;
        }
        Boolean known = exclusive ? directory.hasDefaultAcl() : null;
        if (known != null) {
            return known;
        }
        int changes = directory.aclChanges();
        int fd = files.acquire(directory);
        HostFiles.check(fd);
        try {
            boolean has = read(fd, Acl.DEFAULT) != null;
            directory.hasDefaultAcl(has, changes);
            return has;
        } finally {
            files.release(directory);
        }
    }
}
