package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.Scratch;
import org.caisson.linux.XattrCalls;
import org.caisson.vfs.Acl;
import org.jspecify.annotations.Nullable;

/**
 * The access control lists that the host keeps. They are read when a permission depends on one, and hold until the file's change time moves;
 * where nobody else changes the directory, until they are changed here.
 */
final class HostAcls {
    /** More than the list of any file system of Linux takes (XATTR_SIZE_MAX). */
    private static final int LONGEST = 65536;

    private static final int UNSUPPORTED = -Errno.EOPNOTSUPP.number();

    private final HostFiles files;
    private final boolean crossMounts;
    private final boolean exclusive;

    /** The host's file system has no access control lists. */
    private volatile boolean without;

    HostAcls(HostFiles files, HostOptions options) {
        this.files = files;
        this.crossMounts = options.crossMounts();
        this.exclusive = options.caching().isExclusive();
    }

    /** What was read, null for no list, and the change time of the file before. */
    record Known(@Nullable Acl list, long changeSeconds, int changeNanos) {}

    /** Whether what is known does not hold any more by these attributes. */
    boolean isDoubtful(Known known, HostAttributes present) {
        return !exclusive
                && (known.changeSeconds != present.changeSeconds() || known.changeNanos != present.changeNanos());
    }

    /** Whether a file may have a list that says more than its mode. */
    boolean mayHave(HostInode inode, @Nullable Known known, HostAttributes present) {
        if (without || inode.isSymlink()) {
            return false;
        }
        return known == null || known.list != null || isDoubtful(known, present);
    }

    /** Reads the list of a file. One that cannot be read is none: then the file cannot be reached either. */
    Known read(HostInode inode, HostAttributes before) {
        return new Known(list(inode), before.changeSeconds(), before.changeNanos());
    }

    private @Nullable Acl list(HostInode inode) {
        int fd = without || inode.isCovered() ? -1 : files.acquire(inode);
        if (fd < 0) {
            return null;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment path = HostDescriptors.path(scratch, fd);
            MemorySegment name = HostDescriptors.nativeName(scratch, Acl.ACCESS);
            MemorySegment value = scratch.allocate(1024);
            long length = XattrCalls.getxattr(path, name, value);
            if (length == -Errno.ERANGE.number()) {
                value = scratch.allocate(LONGEST);
                length = XattrCalls.getxattr(path, name, value);
            }
            note(length);
            return length < 0 ? null : Acl.parse(value.asSlice(0, length));
        } catch (ErrnoException malformed) {
            return null;
        } finally {
            files.release(inode);
        }
    }

    private void note(long outcome) {
        if (outcome == UNSUPPORTED && !crossMounts) {
            without = true;
        }
    }

    /** Whether a default access control list says what permissions new files get, and not the umask. */
    boolean hasDefault(HostInode directory) {
        if (without) {
            return false;
        }
        Boolean known = exclusive ? directory.hasDefaultAcl() : null;
        if (known != null) {
            return known;
        }
        int fd = files.acquire(directory);
        if (fd < 0) {
            return false;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment name = HostDescriptors.nativeName(scratch, Acl.DEFAULT);
            long length = XattrCalls.getxattr(HostDescriptors.path(scratch, fd), name, scratch.allocate(0));
            note(length);
            directory.hasDefaultAcl(length >= 0);
            return length >= 0;
        } finally {
            files.release(directory);
        }
    }
}
