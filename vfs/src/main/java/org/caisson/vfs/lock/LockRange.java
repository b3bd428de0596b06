package org.caisson.vfs.lock;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/**
 * A range of bytes, as {@code struct flock} means it.
 *
 * @param start the first byte
 * @param end the last byte, {@link LockInfo#END} for all there ever is
 */
public record LockRange(long start, long end) {
    /**
     * The range at a position ({@code l_start}, with what {@code l_whence} adds to it): of a length, up to the end if that is 0, and
     * before the position if it is negative. EINVAL if it begins before the file, EOVERFLOW if it ends beyond what a file can have.
     */
    public static LockRange of(long position, long length) throws ErrnoException {
        if (position < 0 || position + Math.min(length, 0) < 0) {
            throw Errno.EINVAL.exception();
        }
        if (length == 0) {
            return new LockRange(position, LockInfo.END);
        }
        if (length < 0) {
            return new LockRange(position + length, position - 1);
        }
        if (length - 1 > Long.MAX_VALUE - position) {
            throw Errno.EOVERFLOW.exception();
        }
        return new LockRange(position, position + (length - 1));
    }

    /** {@code l_len}: 0 if it goes to the end. */
    public long length() {
        return end == LockInfo.END ? 0 : end - start + 1;
    }
}
