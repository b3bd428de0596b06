package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;
import static org.caisson.fuse.Exchange.PAYLOAD;

import org.caisson.fuse.protocol.FuseCopyFileRangeIn;
import org.caisson.fuse.protocol.FuseCreateIn;
import org.caisson.fuse.protocol.FuseEntryOut;
import org.caisson.fuse.protocol.FuseFallocateIn;
import org.caisson.fuse.protocol.FuseFlag;
import org.caisson.fuse.protocol.FuseFlushIn;
import org.caisson.fuse.protocol.FuseFsyncIn;
import org.caisson.fuse.protocol.FuseLseekIn;
import org.caisson.fuse.protocol.FuseLseekOut;
import org.caisson.fuse.protocol.FuseOpenIn;
import org.caisson.fuse.protocol.FuseOpenOut;
import org.caisson.fuse.protocol.FuseReadIn;
import org.caisson.fuse.protocol.FuseReleaseIn;
import org.caisson.fuse.protocol.FuseWriteIn;
import org.caisson.fuse.protocol.FuseWriteOut;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Capability;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.lock.LockOwner;

/** Operations on open files. */
final class FileOperations {
    private static final int PERMISSIONS = 07777;
    private static final int EXECUTED_BY_GROUP = 010;
    private static final Credentials ROOT = Credentials.root();
    private static final int ENOSYS = -Errno.ENOSYS.number();

    /** Instead of a handle's number: the file is served by its node. */
    private static final long NO_HANDLE = PlainFiles.NO_HANDLE;

    private final ServedTree tree;

    private final PromptMessages messages;

    FileOperations(ServedTree tree, PromptMessages messages) {
        this.tree = tree;
        this.messages = messages;
    }

    int open(Exchange x) throws ErrnoException {
        x.require(FuseOpenIn.SIZE);
        int flags = FuseOpenIn.flags(x.in, ARGUMENT) & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL);
        Node node = tree.node(x);
        if (tree.plain != null) {
            return openPlain(x, tree.plain, node, flags);
        }
        CachePolicy policy = tree.policy(node.place);
        tree.requireRoomForHandle();
        boolean strips = (FuseOpenIn.openFlags(x.in, ARGUMENT) & FuseFlag.OPEN_KILL_SUIDGID) != 0;
        FileDescription description =
                tree.vfs.open(caller(x, strips), x.path.itself(node.place), x.openOptions(forUs(flags), 0));
        boolean handedOver = false;
        try {
            if (tree.backing() != null) {
                dropSetIds(x, node, flags);
            }
            int length = replyWithHandle(x, PAYLOAD, policy, new Handle(node, description));
            handedOver = true;
            return length;
        } finally {
            if (!handedOver) {
                description.release();
            }
        }
    }

    /**
     * What the kernel writes past us takes no set-id bits away, for it writes as we do: so they go before that, when somebody opens the
     * file for writing whose writes would take them.
     */
    private void dropSetIds(Exchange x, Node node, int flags) throws ErrnoException {
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (!writes || x.caller.get().has(Capability.FSETID)) {
            return;
        }
        tree.vfs.stat(ROOT, x.path.itself(node.place), x.stat);
        int mode = x.stat.mode;
        int dropped = mode & (StatMode.S_ISUID | ((mode & EXECUTED_BY_GROUP) != 0 ? StatMode.S_ISGID : 0));
        if (dropped != 0) {
            SetStat change = x.setStat;
            change.clear();
            change.mask = SetStat.MODE;
            change.mode = mode & PERMISSIONS & ~dropped;
            tree.vfs.setStat(ROOT, x.path.itself(node.place), change);
            messages.attributesChanged(node.id());
        }
    }

    /** Nothing is opened here: the kernel has checked that the caller may, and need not ask again unless it moves the data itself. */
    private int openPlain(Exchange x, PlainFiles plain, Node node, int flags) throws ErrnoException {
        BackingFiles backing = tree.backing();
        if (backing == null && tree.opensUnasked) {
            return ENOSYS;
        }
        if ((flags & OpenFlags.O_TRUNC) != 0) {
            boolean strips = (FuseOpenIn.openFlags(x.in, ARGUMENT) & FuseFlag.OPEN_KILL_SUIDGID) != 0;
            SetStat change = x.setStat;
            change.clear();
            change.mask = SetStat.SIZE;
            change.size = 0;
            plain.opened(x, node, PlainFiles.WRITE).setStat(caller(x, strips), change);
        }
        return replyWithNode(x, PAYLOAD, plain, node, flags);
    }

    private int replyWithNode(Exchange x, int at, PlainFiles plain, Node node, int flags) throws ErrnoException {
        BackingFiles backing = tree.backing();
        int id = BackingFiles.NONE;
        if (backing != null) {
            dropSetIds(x, node, flags);
            PlainFiles.Opened opened = plain.use(x, node, PlainFiles.READ);
            id = backing.openPlain(node, opened);
            plain.done(opened);
        }
        FuseOpenOut.backingId(x.out, at, id);
        FuseOpenOut.fh(x.out, at, NO_HANDLE);
        FuseOpenOut.openFlags(
                x.out,
                at,
                FuseFlag.FOPEN_NOFLUSH
                        | (id == BackingFiles.NONE ? FuseFlag.FOPEN_KEEP_CACHE : FuseFlag.FOPEN_PASSTHROUGH));
        return FuseOpenOut.SIZE;
    }

    /** The description that serves a request, to the end of it. */
    private FileDescription description(Exchange x, long handle, long nodeId, int kind) throws ErrnoException {
        return description(x, handle, nodeId, kind, OpenFlags.O_RDONLY);
    }

    private FileDescription description(Exchange x, long handle, long nodeId, int kind, int flags)
            throws ErrnoException {
        PlainFiles plain = tree.plain;
        return handle == NO_HANDLE && plain != null
                ? plain.opened(x, tree.node(x, nodeId), kind)
                : tree.handle(x, handle, flags).description;
    }

    /**
     * The flags with which we open: with late writes the kernel fills up pages by reading, and appends by a size that it knows
     * better.
     */
    private int forUs(int asked) {
        // What past the page cache means, the kernel knows; our memory need not be aligned.
        int flags = asked & ~OpenFlags.O_DIRECT;
        if (tree.plain != null) {
            return (flags & ~(OpenFlags.O_ACCMODE | OpenFlags.O_APPEND | OpenFlags.O_NOATIME)) | OpenFlags.O_RDWR;
        }
        if (!tree.writeback) {
            return flags;
        }
        int access = (flags & OpenFlags.O_ACCMODE) == OpenFlags.O_WRONLY
                ? (flags & ~OpenFlags.O_ACCMODE) | OpenFlags.O_RDWR
                : flags;
        return access & ~OpenFlags.O_APPEND;
    }

    /** Who asks; whose write the kernel says is to clear set-id bits lacks the right to keep them (HANDLE_KILLPRIV_V2). */
    private static Credentials caller(Exchange x, boolean strips) {
        Credentials caller = x.caller.get();
        return strips ? caller.withoutCapabilities(Capability.FSETID) : caller;
    }

    int create(Exchange x) throws ErrnoException {
        return create(x, OpenFlags.O_CREAT);
    }

    int temporaryFile(Exchange x) throws ErrnoException {
        return create(x, OpenFlags.O_TMPFILE);
    }

    private int create(Exchange x, int flag) throws ErrnoException {
        x.require(FuseCreateIn.SIZE);
        // The kernel follows links itself and knows of none here: one that is there by now leads wherever it likes.
        int flags = forUs(FuseCreateIn.flags(x.in, ARGUMENT)) | flag | OpenFlags.O_NOFOLLOW;
        Credentials caller = x.caller.get().withUmask(FuseCreateIn.umask(x.in, ARGUMENT));
        PathOperation where;
        if (flag == OpenFlags.O_CREAT) {
            x.name(ARGUMENT + FuseCreateIn.SIZE);
            where = tree.child(x);
        } else {
            // A temporary file has no name in the tree; the one that the request carries is "/".
            where = tree.target(x);
        }
        if (tree.plain == null) {
            tree.requireRoomForHandle();
        }
        FileDescription description =
                tree.vfs.open(caller, where, x.openOptions(flags, FuseCreateIn.mode(x.in, ARGUMENT)));
        boolean handedOver = false;
        try {
            VirtualDentry place = description.place();
            description.stat(x.caller.get(), x.stat);
            CachePolicy policy = tree.policy(place);
            Node node = flag == OpenFlags.O_CREAT ? tree.lookUp(x, place) : tree.nodes.lookUp(place);
            int length = tree.attributes.entry(x.out, PAYLOAD, node.id(), policy, x.stat);
            if (tree.plain != null) {
                handedOver = true;
                length += created(x, tree.plain, node, description, flag);
            } else {
                length += replyWithHandle(x, PAYLOAD + FuseEntryOut.SIZE, policy, new Handle(node, description));
                handedOver = true;
            }
            return length;
        } finally {
            if (!handedOver) {
                description.release();
            }
        }
    }

    private int created(Exchange x, PlainFiles plain, Node node, FileDescription description, int flag)
            throws ErrnoException {
        try {
            if (flag == OpenFlags.O_TMPFILE) {
                plain.pin(node, description);
            } else {
                plain.done(plain.add(node, description, PlainFiles.WRITE));
            }
            // What was just made is told of as it is, set-id bits and all.
            return replyWithNode(x, PAYLOAD + FuseEntryOut.SIZE, plain, node, OpenFlags.O_RDONLY);
        } catch (ErrnoException e) {
            // The kernel will not learn of the node.
            tree.forget(node.id(), 1);
            throw e;
        }
    }

    private int replyWithHandle(Exchange x, int at, CachePolicy policy, Handle handle) {
        int flags = 0;
        if (policy.directIo()) {
            flags |= FuseFlag.FOPEN_DIRECT_IO;
        }
        if (policy.keepCache()) {
            flags |= FuseFlag.FOPEN_KEEP_CACHE;
        }
        boolean reads = (handle.description.flags() & OpenFlags.O_ACCMODE) == OpenFlags.O_RDONLY;
        if ((tree.isOnlyDoor() || reads || tree.canBeResumed()) && !tree.ownLocks) {
            // Nothing waits to be written when a reader closes: spare a request for each close. And while nobody
            // serves,
            // no execve(2) may wait for the answer to a close: it holds what whoever looks at the process needs.
            flags |= FuseFlag.FOPEN_NOFLUSH;
        }
        int backing = tree.back(handle);
        if (backing != BackingFiles.NONE) {
            flags = FuseFlag.FOPEN_PASSTHROUGH | (flags & FuseFlag.FOPEN_NOFLUSH);
        }
        FuseOpenOut.backingId(x.out, at, backing);
        long id = tree.handles.add(handle);
        FuseOpenOut.fh(x.out, at, id);
        FuseOpenOut.openFlags(x.out, at, flags);
        return FuseOpenOut.SIZE;
    }

    int read(Exchange x) throws ErrnoException {
        x.require(FuseReadIn.SIZE);
        boolean quiet = (FuseReadIn.flags(x.in, ARGUMENT) & OpenFlags.O_NOATIME) != 0;
        FileDescription description = description(
                x, FuseReadIn.fh(x.in, ARGUMENT), x.nodeId, quiet ? PlainFiles.READ_QUIETLY : PlainFiles.READ);
        long offset = FuseReadIn.offset(x.in, ARGUMENT);
        long size = Math.min(Integer.toUnsignedLong(FuseReadIn.size(x.in, ARGUMENT)), x.capacity());
        if (offset < 0) {
            throw Errno.EINVAL.exception();
        }
        return (int) description.read(x.caller.get(), x.out, PAYLOAD, size, offset);
    }

    int write(Exchange x) throws ErrnoException {
        x.require(FuseWriteIn.SIZE);
        int flags = OpenFlags.O_WRONLY | (FuseWriteIn.flags(x.in, ARGUMENT) & ~OpenFlags.O_ACCMODE);
        FileDescription description = description(x, FuseWriteIn.fh(x.in, ARGUMENT), x.nodeId, PlainFiles.WRITE, flags);
        long offset = FuseWriteIn.offset(x.in, ARGUMENT);
        long size = Integer.toUnsignedLong(FuseWriteIn.size(x.in, ARGUMENT));
        int data = ARGUMENT + FuseWriteIn.SIZE;
        if (offset < 0 || size > x.end - data) {
            throw Errno.EINVAL.exception();
        }
        boolean strips = (FuseWriteIn.writeFlags(x.in, ARGUMENT) & FuseFlag.WRITE_KILL_SUIDGID) != 0;
        long written = description.write(caller(x, strips), x.in, data, size, offset);
        FuseWriteOut.size(x.out, PAYLOAD, (int) written);
        return FuseWriteOut.SIZE;
    }

    int flush(Exchange x) throws ErrnoException {
        x.require(FuseFlushIn.SIZE);
        if (tree.plain != null) {
            return ENOSYS;
        }
        long handle = FuseFlushIn.fh(x.in, ARGUMENT);
        if (!tree.isEarlier(handle)) {
            LockOwner owner = tree.lockOwners.find(FuseFlushIn.lockOwner(x.in, ARGUMENT));
            tree.handle(x, handle).description.flush(owner);
        }
        return 0;
    }

    /** Of files and directories. The kernel does not wait for the answer. */
    int release(Exchange x) throws ErrnoException {
        x.require(FuseReleaseIn.SIZE);
        long id = FuseReleaseIn.fh(x.in, ARGUMENT);
        PlainFiles plain = tree.plain;
        if (id == NO_HANDLE && plain != null) {
            BackingFiles backing = tree.backing();
            PlainFiles.Opened unused = backing == null ? null : backing.closePlain(tree.node(x));
            if (unused != null) {
                plain.done(unused);
            }
            return 0;
        }
        tree.release(id);
        return 0;
    }

    /** Of files and directories. */
    int fsync(Exchange x) throws ErrnoException {
        x.require(FuseFsyncIn.SIZE);
        boolean dataOnly = (FuseFsyncIn.fsyncFlags(x.in, ARGUMENT) & FuseFlag.FSYNC_FDATASYNC) != 0;
        description(x, FuseFsyncIn.fh(x.in, ARGUMENT), x.nodeId, PlainFiles.READ)
                .sync(dataOnly);
        return 0;
    }

    int lseek(Exchange x) throws ErrnoException {
        x.require(FuseLseekIn.SIZE);
        if (tree.writeback) {
            // The kernel asks without writing first (fuse_lseek of fs/fuse/file.c), so only it knows what is data.
            // From now on it takes all of a file for data, as it may (lseek(2)), and asks no more.
            return ENOSYS;
        }
        FileDescription description = description(x, FuseLseekIn.fh(x.in, ARGUMENT), x.nodeId, PlainFiles.READ);
        long offset = FuseLseekIn.offset(x.in, ARGUMENT);
        FuseLseekOut.offset(x.out, PAYLOAD, description.seek(offset, FuseLseekIn.whence(x.in, ARGUMENT)));
        return FuseLseekOut.SIZE;
    }

    int fallocate(Exchange x) throws ErrnoException {
        x.require(FuseFallocateIn.SIZE);
        FileDescription description = description(x, FuseFallocateIn.fh(x.in, ARGUMENT), x.nodeId, PlainFiles.WRITE);
        long offset = FuseFallocateIn.offset(x.in, ARGUMENT);
        long length = FuseFallocateIn.length(x.in, ARGUMENT);
        if (offset < 0 || length <= 0) {
            throw Errno.EINVAL.exception();
        }
        description.allocate(FuseFallocateIn.mode(x.in, ARGUMENT), offset, length);
        return 0;
    }

    /** The plain form and the one with a 64-bit answer (since 7.45), which share their argument. */
    int copyFileRange(Exchange x, boolean wide) throws ErrnoException {
        x.require(FuseCopyFileRangeIn.SIZE);
        FileDescription to = description(
                x,
                FuseCopyFileRangeIn.fhOut(x.in, ARGUMENT),
                FuseCopyFileRangeIn.nodeidOut(x.in, ARGUMENT),
                PlainFiles.WRITE);
        // After the one to be written: that may have copied the file to another layer.
        FileDescription from = description(x, FuseCopyFileRangeIn.fhIn(x.in, ARGUMENT), x.nodeId, PlainFiles.READ);
        long offset = FuseCopyFileRangeIn.offIn(x.in, ARGUMENT);
        long targetOffset = FuseCopyFileRangeIn.offOut(x.in, ARGUMENT);
        long length = FuseCopyFileRangeIn.len(x.in, ARGUMENT);
        if (offset < 0 || targetOffset < 0 || length < 0) {
            throw Errno.EINVAL.exception();
        }
        long most = wide ? length : Math.min(length, Integer.MAX_VALUE & -4096);
        long copied = from.copyRange(offset, to, targetOffset, most, (int) FuseCopyFileRangeIn.flags(x.in, ARGUMENT));
        if (wide) {
            FuseLseekOut.offset(x.out, PAYLOAD, copied);
        } else {
            FuseWriteOut.size(x.out, PAYLOAD, (int) copied);
        }
        return FuseWriteOut.SIZE;
    }
}
