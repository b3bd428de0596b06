package org.caisson.vfs.erofs;

import java.lang.foreign.ValueLayout;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/** The image's own prefixes of attribute names ({@code struct erofs_xattr_long_prefix}), each with a length before it, on a multiple of four. */
final class LongPrefixes {
    private LongPrefixes() {}

    /** A prefix: the index that it begins with, and what follows of the name. EUCLEAN for a number that is none. */
    static byte[] find(ErofsImage image, int number) throws ErrnoException {
        Superblock superblock = image.superblock();
        if (number >= superblock.prefixes()) {
            throw Errno.EUCLEAN.exception();
        }
        long at = superblock.prefixTable();
        for (int i = 0; i < number; i++) {
            at = (at + Short.BYTES + image.u16(at) + Integer.BYTES - 1) & -Integer.BYTES;
        }
        int length = image.u16(at);
        image.require(at + Short.BYTES, length);
        if (length == 0) {
            throw Errno.EUCLEAN.exception();
        }
        return image.bytes().asSlice(at + Short.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
    }
}
