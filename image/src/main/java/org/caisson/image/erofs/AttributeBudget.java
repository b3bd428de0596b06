package org.caisson.image.erofs;

import java.util.Map;
import java.util.NavigableMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.ErofsNode;

/**
 * Reads the extended attributes of a layer that is not trusted. Files share attributes, and may lie over each other, so that those of all
 * files may be any multiple of what the image is long: more than some multiple makes no sense.
 */
final class AttributeBudget {
    private static final int MULTIPLE = 4;

    /** Small images may have a few large attributes that all files share. */
    private static final long LEAST = 4 << 20;

    private long left;

    /** For all files of an image of so many bytes. */
    AttributeBudget(long imageSize) {
        left = Math.max(LEAST, MULTIPLE * imageSize);
    }

    /** All attributes of a file by their whole names. EUCLEAN if too many were read. */
    NavigableMap<Name, byte[]> read(ErofsNode node) throws ErrnoException {
        spend(node.attributesSize());
        NavigableMap<Name, byte[]> attributes = node.attributes();
        for (Map.Entry<Name, byte[]> attribute : attributes.entrySet()) {
            spend(ErofsLayout.XATTR_ENTRY + attribute.getKey().length() + attribute.getValue().length);
        }
        return attributes;
    }

    private void spend(long bytes) throws ErrnoException {
        left -= bytes;
        if (left < 0) {
            throw Errno.EUCLEAN.exception();
        }
    }
}
