package org.caisson.runtime;

import org.caisson.linux.AtFlags;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatMode;
import org.caisson.linux.Statx;

/** The few facts of statx(2) that are asked for here. */
record FileInfo(int mode, long inode, long size, long uid, int deviceMajor, int deviceMinor) {

    static FileInfo of(OwnedFd file) throws ErrnoException {
        return of(file.number(), "", AtFlags.AT_EMPTY_PATH);
    }

    static FileInfo of(String path) throws ErrnoException {
        return of(AtFlags.AT_FDCWD, path, 0);
    }

    private static FileInfo of(int directory, String path, int flags) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            Statx stat = Statx.wrap(scratch.allocate(Statx.SIZE));
            FileCalls.statx(directory, path, flags, Statx.STATX_BASIC_STATS, stat);
            return new FileInfo(
                    stat.mode(),
                    stat.inode(),
                    stat.size(),
                    Integer.toUnsignedLong(stat.uid()),
                    stat.deviceNumberMajor(),
                    stat.deviceNumberMinor());
        }
    }

    boolean isRegular() {
        return StatMode.isRegular(mode);
    }

    /** Whether it is a character or block device. */
    boolean isDevice() {
        return isDevice('c') || isDevice('b');
    }

    /** Whether it is a block device ({@code b}) or a character device (any other). */
    boolean isDevice(char type) {
        return (mode & StatMode.S_IFMT) == (type == 'b' ? StatMode.S_IFBLK : StatMode.S_IFCHR);
    }
}
