package org.caisson.vfs;

import org.caisson.linux.Errno;

/** The modes of fallocate(2), as {@code vfs_fallocate} of the kernel checks them before it asks a file. */
public final class AllocationModes {
    public static final int KEEP_SIZE = 0x01;
    public static final int PUNCH_HOLE = 0x02;
    public static final int COLLAPSE_RANGE = 0x08;
    public static final int ZERO_RANGE = 0x10;
    public static final int INSERT_RANGE = 0x20;
    public static final int UNSHARE_RANGE = 0x40;
    public static final int WRITE_ZEROES = 0x80;

    private static final int KNOWN =
            KEEP_SIZE | PUNCH_HOLE | COLLAPSE_RANGE | ZERO_RANGE | INSERT_RANGE | UNSHARE_RANGE | WRITE_ZEROES;

    private AllocationModes() {}

    /** 0, or a negated EINVAL or EOPNOTSUPP. */
    static int check(int mode, long offset, long length) {
        if (offset < 0 || length <= 0) {
            return -Errno.EINVAL.number();
        }
        if ((mode & ~KNOWN) != 0) {
            return -Errno.EOPNOTSUPP.number();
        }
        return switch (mode & ~KEEP_SIZE) {
            case 0, UNSHARE_RANGE, ZERO_RANGE -> 0;
            case PUNCH_HOLE -> (mode & KEEP_SIZE) != 0 ? 0 : -Errno.EOPNOTSUPP.number();
            case COLLAPSE_RANGE, INSERT_RANGE, WRITE_ZEROES -> (mode & KEEP_SIZE) == 0 ? 0 : -Errno.EOPNOTSUPP.number();
            default -> -Errno.EOPNOTSUPP.number();
        };
    }
}
