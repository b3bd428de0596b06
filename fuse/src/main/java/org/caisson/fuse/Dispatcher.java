package org.caisson.fuse;

import java.lang.System.Logger.Level;
import org.caisson.fuse.protocol.FuseInterruptIn;
import org.caisson.fuse.protocol.InitFlag;
import org.caisson.fuse.protocol.Opcode;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** Finds for each request the operation that serves it. No request, however malformed, ends more than itself. */
final class Dispatcher {
    private static final int EPERM = -Errno.EPERM.number();
    private static final int EIO = -Errno.EIO.number();
    private static final int EAGAIN = -Errno.EAGAIN.number();
    private static final int EACCES = -Errno.EACCES.number();
    private static final int EINVAL = -Errno.EINVAL.number();
    private static final int ENOSYS = -Errno.ENOSYS.number();
    private static final int EOPNOTSUPP = -Errno.EOPNOTSUPP.number();

    /**
     * The operations that go by names and permissions and do nothing before these are checked: only they may be tried once more with
     * the caller's supplementary groups. What goes by an open file was permitted when that was opened, and might have an effect twice.
     */
    private static final long REPEATABLE = 1L << Opcode.LOOKUP
            | 1L << Opcode.GETATTR
            | 1L << Opcode.SETATTR
            | 1L << Opcode.STATX
            | 1L << Opcode.READLINK
            | 1L << Opcode.ACCESS
            | 1L << Opcode.STATFS
            | 1L << Opcode.OPEN
            | 1L << Opcode.OPENDIR
            | 1L << Opcode.CREATE
            | 1L << Opcode.TMPFILE
            | 1L << Opcode.MKNOD
            | 1L << Opcode.MKDIR
            | 1L << Opcode.SYMLINK
            | 1L << Opcode.LINK
            | 1L << Opcode.UNLINK
            | 1L << Opcode.RMDIR
            | 1L << Opcode.RENAME
            | 1L << Opcode.RENAME2
            | 1L << Opcode.GETXATTR
            | 1L << Opcode.LISTXATTR
            | 1L << Opcode.SETXATTR
            | 1L << Opcode.REMOVEXATTR;

    private final Handshake handshake;
    private final Interrupts interrupts;
    private final NodeOperations nodes;
    private final NamespaceOperations names;
    private final FileOperations files;
    private final DirectoryOperations directories;
    private final ExtendedAttributeOperations attributes;
    private final DeviceOperations devices;
    private final ControlOperations controls;
    private final LockOperations locks;
    private final boolean ownLocks;
    private final @Nullable PlainFiles plain;

    Dispatcher(ServedTree tree, Handshake handshake, Interrupts interrupts, PromptMessages messages) {
        this.handshake = handshake;
        this.interrupts = interrupts;
        this.nodes = new NodeOperations(tree);
        this.names = new NamespaceOperations(tree);
        this.files = new FileOperations(tree, messages);
        this.directories = new DirectoryOperations(tree);
        this.attributes = new ExtendedAttributeOperations(tree);
        this.devices = new DeviceOperations(tree, messages);
        this.controls = new ControlOperations(tree);
        this.locks = new LockOperations(tree, messages);
        this.ownLocks = tree.ownLocks;
        this.plain = tree.plain;
        attributes.useExtendedSet(handshake.has(InitFlag.SETXATTR_EXT));
    }

    /**
     * Serves the request of {@code received} bytes that stands in the exchange.
     *
     * @return the length of the reply's payload, a negated errno, or {@link Exchange#NO_REPLY}
     */
    int dispatch(Exchange x, int received) {
        boolean wellFormed = x.accept(received);
        // A reply without a number would be taken for a notification.
        int result = wellFormed ? serve(x) : EINVAL;
        boolean silent = x.unique == 0 || x.opcode == Opcode.FORGET || x.opcode == Opcode.BATCH_FORGET;
        return silent ? Exchange.NO_REPLY : result;
    }

    private int serve(Exchange x) {
        int result = attempt(x);
        if ((result == EACCES || result == EPERM) && isRepeatable(x) && x.caller.addGroups()) {
            result = attempt(x);
        }
        return result;
    }

    private static boolean isRepeatable(Exchange x) {
        boolean known = x.opcode >= 0 && x.opcode < Long.SIZE && (REPEATABLE & 1L << x.opcode) != 0;
        return known && (x.opcode != Opcode.SETATTR || !NodeOperations.isByHandle(x));
    }

    private int attempt(Exchange x) {
        try {
            return operate(x);
        } catch (ErrnoException e) {
            int error = -e.errno().number();
            // The kernel takes ENOSYS for "never ask again", which is not what one file may say for all.
            return error == ENOSYS ? EOPNOTSUPP : error;
        } catch (Throwable e) {
            complain(x, e);
            return EIO;
        } finally {
            if (plain != null) {
                x.giveBack(plain);
            }
        }
    }

    /** Without memory even this may fail; the request is answered all the same. */
    private static void complain(Exchange x, Throwable why) {
        try {
            // Looked up when there is something to say: the first logger of a JVM costs milliseconds.
            System.getLogger(Dispatcher.class.getName())
                    .log(Level.ERROR, "request " + x.opcode + " of node " + x.nodeId + " failed unexpectedly", why);
        } catch (Throwable untold) {
            // There is nobody else to tell.
        }
    }

    private int operate(Exchange x) throws ErrnoException {
        int opcode = x.opcode;
        if (!handshake.isDone() && opcode != Opcode.INIT) {
            return EIO;
        }
        return switch (opcode) {
            case Opcode.LOOKUP -> nodes.lookup(x);
            case Opcode.FORGET -> nodes.forget(x);
            case Opcode.BATCH_FORGET -> nodes.batchForget(x);
            case Opcode.GETATTR -> nodes.getattr(x);
            case Opcode.SETATTR -> nodes.setattr(x);
            case Opcode.STATX -> nodes.statx(x);
            case Opcode.READLINK -> nodes.readlink(x);
            case Opcode.ACCESS -> nodes.access(x);
            case Opcode.STATFS -> nodes.statfs(x);
            case Opcode.OPEN -> files.open(x);
            case Opcode.READ -> files.read(x);
            case Opcode.WRITE -> files.write(x);
            case Opcode.FLUSH -> files.flush(x);
            case Opcode.RELEASE, Opcode.RELEASEDIR -> files.release(x);
            case Opcode.OPENDIR -> directories.opendir(x);
            case Opcode.READDIR -> directories.readdir(x);
            case Opcode.READDIRPLUS -> directories.readdirplus(x);
            default -> operateRarely(x);
        };
    }

    /** The rarer operations, apart so that the method of the frequent ones stays small enough for the compiler. */
    private int operateRarely(Exchange x) throws ErrnoException {
        return switch (x.opcode) {
            case Opcode.INIT -> init(x);
            case Opcode.INTERRUPT -> interrupt(x);
            case Opcode.DESTROY -> 0;
            case Opcode.NOTIFY_REPLY -> Exchange.NO_REPLY;
            case Opcode.MKNOD -> names.mknod(x);
            case Opcode.MKDIR -> names.mkdir(x);
            case Opcode.SYMLINK -> names.symlink(x);
            case Opcode.LINK -> names.link(x);
            case Opcode.UNLINK -> names.unlink(x);
            case Opcode.RMDIR -> names.rmdir(x);
            case Opcode.RENAME -> names.rename(x);
            case Opcode.RENAME2 -> names.rename2(x);
            case Opcode.CREATE -> files.create(x);
            case Opcode.TMPFILE -> files.temporaryFile(x);
            case Opcode.FSYNC, Opcode.FSYNCDIR -> files.fsync(x);
            case Opcode.LSEEK -> files.lseek(x);
            case Opcode.FALLOCATE -> files.fallocate(x);
            case Opcode.COPY_FILE_RANGE -> files.copyFileRange(x, false);
            case Opcode.COPY_FILE_RANGE_64 -> files.copyFileRange(x, true);
            case Opcode.GETXATTR -> attributes.get(x);
            case Opcode.LISTXATTR -> attributes.list(x);
            case Opcode.SETXATTR -> attributes.set(x);
            case Opcode.REMOVEXATTR -> attributes.remove(x);
            case Opcode.IOCTL -> controls.ioctl(x);
            case Opcode.POLL -> plain == null ? devices.poll(x) : ENOSYS;
            case Opcode.GETLK -> ownLocks ? locks.getlk(x) : ENOSYS;
            case Opcode.SETLK -> ownLocks ? locks.setlk(x, false) : ENOSYS;
            case Opcode.SETLKW -> ownLocks ? locks.setlk(x, true) : ENOSYS;
            // "Not known here": the kernel does these itself from now on (locks), or without them.
            default -> ENOSYS;
        };
    }

    private int init(Exchange x) throws ErrnoException {
        int result = handshake.init(x);
        attributes.useExtendedSet(handshake.has(InitFlag.SETXATTR_EXT));
        return result;
    }

    /** Interrupts a request that waits without a thread; false if none of that number does. */
    boolean interruptWaiting(long unique) {
        return locks.interrupt(unique);
    }

    /** Asks the kernel to send it once more if the request is not being served: it may be about to. */
    private int interrupt(Exchange x) throws ErrnoException {
        x.require(FuseInterruptIn.SIZE);
        long unique = FuseInterruptIn.unique(x.in, Exchange.ARGUMENT);
        // In this order: what waits without a thread was served by one before.
        boolean found = interrupts.interrupt(unique) || interruptWaiting(unique);
        return found ? Exchange.NO_REPLY : EAGAIN;
    }
}
