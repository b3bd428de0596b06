package org.caisson.vfs.host;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.LockCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.lock.LockInfo;
import org.caisson.vfs.lock.LockKind;
import org.caisson.vfs.lock.LockType;
import org.caisson.vfs.lock.OuterLocks;
import org.caisson.vfs.lock.OuterRanges;
import org.jspecify.annotations.Nullable;

/**
 * The locks of an open file, held on the host too. A lock of flock(2) is that of the host's open file. For ranges each owner has an open
 * file of its own, whose lock (F_OFD_SETLK) conflicts with all others as that of a process does, and ends with it.
 */
final class HostLocks implements OuterLocks {
    private final HostFiles files;
    private final HostInode inode;
    private final int fd;

    HostLocks(HostFiles files, HostInode inode, int fd) {
        this.files = files;
        this.inode = inode;
        this.fd = fd;
    }

    @Override
    public int flock(LockType type) {
        return LockCalls.flock(
                fd,
                switch (type) {
                    case READ -> FileCalls.LOCK_SH;
                    case WRITE -> FileCalls.LOCK_EX;
                    case NONE -> FileCalls.LOCK_UN;
                });
    }

    @Override
    public @Nullable OuterRanges ranges(boolean writing) {
        int opened = files.descriptors().openData(inode, writing ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY);
        return opened < 0 ? null : new Ranges(OwnedFd.own(opened), writing);
    }

    private record Ranges(OwnedFd file, boolean mayWrite) implements OuterRanges {
        @Override
        public int set(LockType type, long start, long end) {
            return LockCalls.set(file.number(), type.number(), start, length(start, end));
        }

        @Override
        public @Nullable LockInfo conflict(LockType type, long start, long end, Object place) {
            LockCalls.Lock found;
            try {
                found = LockCalls.get(file.number(), type.number(), start, length(start, end));
            } catch (ErrnoException e) {
                return null; // no locks there
            }
            if (found.type() == LockCalls.F_UNLCK) {
                return null;
            }
            LockKind kind = found.pid() < 0 ? LockKind.OPEN_FILE : LockKind.POSIX;
            long last = found.length() == 0 ? LockInfo.END : found.start() + found.length() - 1;
            return new LockInfo(kind, LockType.of(found.type()), found.pid(), found.start(), last, place, false);
        }

        private static long length(long start, long end) {
            return end == LockInfo.END ? 0 : end - start + 1;
        }

        @Override
        public void close() {
            file.close();
        }
    }
}
