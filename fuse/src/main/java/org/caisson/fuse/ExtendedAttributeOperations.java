package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;
import static org.caisson.fuse.Exchange.PAYLOAD;

import java.lang.foreign.MemorySegment;
import org.caisson.fuse.protocol.FuseGetxattrIn;
import org.caisson.fuse.protocol.FuseGetxattrOut;
import org.caisson.fuse.protocol.FuseSetxattrIn;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;

/** Operations on extended attributes, see xattr(7). */
final class ExtendedAttributeOperations {
    /** XATTR_NAME_MAX, XATTR_SIZE_MAX and XATTR_LIST_MAX of {@code linux/limits.h}. */
    private static final int NAME_MAX = 255;

    private static final int SIZE_MAX = 65536;

    /** FUSE_COMPAT_SETXATTR_IN_SIZE: the argument without FUSE_SETXATTR_EXT. */
    private static final int SHORT_SETXATTR = 8;

    private final ServedTree tree;

    /** Whether INIT agreed on the long argument of SETXATTR. Written by INIT, which comes before all else. */
    private volatile boolean extended;

    ExtendedAttributeOperations(ServedTree tree) {
        this.tree = tree;
    }

    void useExtendedSet(boolean agreed) {
        extended = agreed;
    }

    int get(Exchange x) throws ErrnoException {
        x.require(FuseGetxattrIn.SIZE);
        x.text(ARGUMENT + FuseGetxattrIn.SIZE, NAME_MAX, Errno.ERANGE);
        MemorySegment target = target(x);
        long length = tree.vfs.getXattr(x.caller.get(), tree.target(x), x.nameObject(), target);
        return answer(x, target, length);
    }

    int list(Exchange x) throws ErrnoException {
        x.require(FuseGetxattrIn.SIZE);
        MemorySegment target = target(x);
        long length = tree.vfs.listXattr(x.caller.get(), tree.target(x), target);
        return answer(x, target, length);
    }

    private static MemorySegment target(Exchange x) {
        long size = Integer.toUnsignedLong(FuseGetxattrIn.size(x.in, ARGUMENT));
        return x.out.asSlice(PAYLOAD, Math.min(size, Math.min(SIZE_MAX, x.capacity())));
    }

    /** The value itself, or only its length if that was all the kernel asked for. */
    private static int answer(Exchange x, MemorySegment target, long length) throws ErrnoException {
        if (target.byteSize() == 0) {
            FuseGetxattrOut.size(x.out, PAYLOAD, (int) length);
            return FuseGetxattrOut.SIZE;
        }
        if (length > target.byteSize()) {
            throw Errno.ERANGE.exception();
        }
        return (int) length;
    }

    int set(Exchange x) throws ErrnoException {
        int argument = extended ? FuseSetxattrIn.SIZE : SHORT_SETXATTR;
        x.require(argument);
        int valueAt = x.text(ARGUMENT + argument, NAME_MAX, Errno.ERANGE);
        long size = Integer.toUnsignedLong(FuseSetxattrIn.size(x.in, ARGUMENT));
        if (size > SIZE_MAX) {
            throw Errno.E2BIG.exception();
        }
        if (size > x.end - valueAt) {
            throw Errno.EINVAL.exception();
        }
        Name name = x.nameObject();
        MemorySegment value = x.in.asSlice(valueAt, size);
        tree.vfs.setXattr(x.caller.get(), tree.target(x), name, value, FuseSetxattrIn.flags(x.in, ARGUMENT));
        return 0;
    }

    int remove(Exchange x) throws ErrnoException {
        x.text(ARGUMENT, NAME_MAX, Errno.ERANGE);
        tree.vfs.removeXattr(x.caller.get(), tree.target(x), x.nameObject());
        return 0;
    }
}
