package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;
import static org.caisson.fuse.Exchange.PAYLOAD;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.fuse.protocol.FuseFlag;
import org.caisson.fuse.protocol.FuseIoctlIn;
import org.caisson.fuse.protocol.FuseIoctlOut;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileFlags;
import org.caisson.linux.Fsxattr;
import org.caisson.vfs.FileDescription;

/**
 * The controls that files have here: those of chattr(1) and lsattr(1), whose argument the kernel copies itself. All that would take
 * knowing the caller's memory is ENOTTY.
 */
final class ControlOperations {
    /** The kernel asks for flags as an {@code int}, whatever the number of the command says. */
    private static final int FLAGS_SIZE = Integer.BYTES;

    private static final int FORBIDDING = FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL;
    private static final int FORBIDDING_XFLAGS = Fsxattr.FS_XFLAG_IMMUTABLE | Fsxattr.FS_XFLAG_APPEND;

    private final ServedTree tree;

    ControlOperations(ServedTree tree) {
        this.tree = tree;
    }

    int ioctl(Exchange x) throws ErrnoException {
        x.require(FuseIoctlIn.SIZE);
        int command = FuseIoctlIn.cmd(x.in, ARGUMENT);
        if ((FuseIoctlIn.flags(x.in, ARGUMENT) & ~FuseFlag.IOCTL_DIR) != 0) {
            throw Errno.ENOTTY.exception();
        }
        return switch (command) {
            case FileFlags.FS_IOC_GETFLAGS -> tell(x, command, FLAGS_SIZE);
            case FileFlags.FS_IOC_SETFLAGS -> {
                MemorySegment flags = argument(x, FLAGS_SIZE);
                refuseForbidding(flags.get(ValueLayout.JAVA_INT_UNALIGNED, 0) & FORBIDDING);
                yield set(x, command, flags);
            }
            case Fsxattr.FS_IOC_FSGETXATTR -> tell(x, command, Fsxattr.SIZE);
            case Fsxattr.FS_IOC_FSSETXATTR -> {
                MemorySegment attributes = argument(x, Fsxattr.SIZE);
                refuseForbidding(Fsxattr.xflags(attributes) & FORBIDDING_XFLAGS);
                yield set(x, command, attributes);
            }
            default -> throw Errno.ENOTTY.exception();
        };
    }

    /** Where the kernel opens files without asking, nothing could keep a file from being opened for writing. */
    private void refuseForbidding(int flags) throws ErrnoException {
        if (flags != 0 && tree.plain != null) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }

    private int tell(Exchange x, int command, int size) throws ErrnoException {
        if (FuseIoctlIn.outSize(x.in, ARGUMENT) != size) {
            throw Errno.EINVAL.exception();
        }
        opened(x).ioctl(x.caller.get(), command, x.out.asSlice(PAYLOAD + FuseIoctlOut.SIZE, size));
        FuseIoctlOut.done(x.out, PAYLOAD);
        return FuseIoctlOut.SIZE + size;
    }

    private int set(Exchange x, int command, MemorySegment argument) throws ErrnoException {
        opened(x).ioctl(x.caller.get(), command, argument);
        FuseIoctlOut.done(x.out, PAYLOAD);
        return FuseIoctlOut.SIZE;
    }

    private static MemorySegment argument(Exchange x, int size) throws ErrnoException {
        x.require(FuseIoctlIn.SIZE + size);
        if (FuseIoctlIn.inSize(x.in, ARGUMENT) != size) {
            throw Errno.EINVAL.exception();
        }
        return x.in.asSlice(ARGUMENT + FuseIoctlIn.SIZE, size);
    }

    private FileDescription opened(Exchange x) throws ErrnoException {
        long handle = FuseIoctlIn.fh(x.in, ARGUMENT);
        PlainFiles plain = tree.plain;
        return handle == PlainFiles.NO_HANDLE && plain != null
                ? plain.opened(x, tree.node(x), PlainFiles.READ_QUIETLY)
                : tree.handle(x, handle).description;
    }
}
