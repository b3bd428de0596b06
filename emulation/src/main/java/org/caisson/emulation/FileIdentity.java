package org.caisson.emulation;

import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.Statx;

/** Device and inode number: what tells one file, or one namespace, from another. */
record FileIdentity(int major, int minor, long inode) {
    static FileIdentity of(OwnedFd fd) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            int flags = AtFlags.AT_EMPTY_PATH | AtFlags.AT_STATX_DONT_SYNC;
            FileCalls.statx(fd.number(), "", flags, Statx.STATX_BASIC_STATS, stat);
            return new FileIdentity(stat.deviceMajor(), stat.deviceMinor(), stat.inode());
        }
    }

    /** Major and minor number in one. */
    long device() {
        return (long) major << 32 | (minor & 0xffff_ffffL);
    }
}
