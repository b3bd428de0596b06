package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;

import java.lang.foreign.MemorySegment;
import org.caisson.fuse.protocol.FuseLinkIn;
import org.caisson.fuse.protocol.FuseMkdirIn;
import org.caisson.fuse.protocol.FuseMknodIn;
import org.caisson.fuse.protocol.FuseRename2In;
import org.caisson.fuse.protocol.FuseRenameIn;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;

/** Operations that make, move and remove names. */
final class NamespaceOperations {
    /** A symbolic link's target has at most a page with its NUL (PATH_MAX of {@code linux/limits.h}). */
    private static final int PATH_MAX = 4096;

    private static final int RENAME_NOREPLACE = 1;
    private static final int RENAME_EXCHANGE = 2;
    private static final int RENAME_FLAGS = 7;

    private final ServedTree tree;

    NamespaceOperations(ServedTree tree) {
        this.tree = tree;
    }

    int mknod(Exchange x) throws ErrnoException {
        x.require(FuseMknodIn.SIZE);
        x.name(ARGUMENT + FuseMknodIn.SIZE);
        Credentials caller = x.caller.get().withUmask(FuseMknodIn.umask(x.in, ARGUMENT));
        int mode = FuseMknodIn.mode(x.in, ARGUMENT);
        tree.vfs.mknod(caller, tree.child(x), mode, Integer.toUnsignedLong(FuseMknodIn.rdev(x.in, ARGUMENT)));
        return replyWithNew(x);
    }

    int mkdir(Exchange x) throws ErrnoException {
        x.require(FuseMkdirIn.SIZE);
        x.name(ARGUMENT + FuseMkdirIn.SIZE);
        Credentials caller = x.caller.get().withUmask(FuseMkdirIn.umask(x.in, ARGUMENT));
        tree.vfs.mkdir(caller, tree.child(x), FuseMkdirIn.mode(x.in, ARGUMENT));
        return replyWithNew(x);
    }

    int symlink(Exchange x) throws ErrnoException {
        int target = x.name(ARGUMENT);
        int nameAt = x.nameAt;
        int nameLength = x.nameLength;
        x.text(target, PATH_MAX - 1, Errno.ENAMETOOLONG);
        MemorySegment text = x.in.asSlice(x.nameAt, x.nameLength);
        x.nameAt = nameAt;
        x.nameLength = nameLength;
        tree.vfs.symlink(x.caller.get(), tree.child(x), text);
        return replyWithNew(x);
    }

    int link(Exchange x) throws ErrnoException {
        x.require(FuseLinkIn.SIZE);
        x.name(ARGUMENT + FuseLinkIn.SIZE);
        Node existing = tree.node(x, FuseLinkIn.oldnodeid(x.in, ARGUMENT));
        tree.vfs.link(x.caller.get(), x.otherPath.itself(existing.place), tree.child(x));
        return replyWithNew(x);
    }

    int unlink(Exchange x) throws ErrnoException {
        x.name(ARGUMENT);
        tree.pin(x, tree.child(x));
        tree.vfs.unlink(x.caller.get(), tree.child(x));
        return 0;
    }

    int rmdir(Exchange x) throws ErrnoException {
        x.name(ARGUMENT);
        tree.vfs.rmdir(x.caller.get(), tree.child(x));
        return 0;
    }

    int rename(Exchange x) throws ErrnoException {
        x.require(FuseRenameIn.SIZE);
        return rename(x, FuseRenameIn.SIZE, FuseRenameIn.newdir(x.in, ARGUMENT), 0);
    }

    int rename2(Exchange x) throws ErrnoException {
        x.require(FuseRename2In.SIZE);
        int flags = FuseRename2In.flags(x.in, ARGUMENT);
        if ((flags & ~RENAME_FLAGS) != 0) {
            throw Errno.EINVAL.exception();
        }
        return rename(x, FuseRename2In.SIZE, FuseRename2In.newdir(x.in, ARGUMENT), flags);
    }

    private int rename(Exchange x, int argumentSize, long newDirectory, int flags) throws ErrnoException {
        int newName = x.name(ARGUMENT + argumentSize);
        int nameAt = x.nameAt;
        int nameLength = x.nameLength;
        x.name(newName);
        VirtualDentry directory = tree.node(x, newDirectory).place;
        if ((flags & (RENAME_NOREPLACE | RENAME_EXCHANGE)) == 0) {
            tree.pin(x, x.otherPath.child(directory, x.in, x.nameAt, x.nameLength));
        }
        PathOperation to = x.otherPath.child(directory, x.in, x.nameAt, x.nameLength);
        x.nameAt = nameAt;
        x.nameLength = nameLength;
        PathOperation from = tree.child(x);
        tree.vfs.rename(x.caller.get(), from, to, flags);
        return 0;
    }

    /** Answers with the node that the name found last leads to now. */
    private int replyWithNew(Exchange x) throws ErrnoException {
        return tree.replyWithEntry(x, tree.vfs.lookup(x.caller.get(), tree.child(x)));
    }
}
