package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;
import static org.caisson.fuse.Exchange.NO_REPLY;
import static org.caisson.fuse.Exchange.PAYLOAD;

import org.caisson.fuse.protocol.FuseAccessIn;
import org.caisson.fuse.protocol.FuseBatchForgetIn;
import org.caisson.fuse.protocol.FuseFlag;
import org.caisson.fuse.protocol.FuseForgetIn;
import org.caisson.fuse.protocol.FuseForgetOne;
import org.caisson.fuse.protocol.FuseGetattrIn;
import org.caisson.fuse.protocol.FuseKstatfs;
import org.caisson.fuse.protocol.FuseSetattrIn;
import org.caisson.fuse.protocol.FuseStatxIn;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Capability;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.VirtualDentry;

/** Operations on a node and its attributes. */
final class NodeOperations {
    private final ServedTree tree;

    NodeOperations(ServedTree tree) {
        this.tree = tree;
    }

    int lookup(Exchange x) throws ErrnoException {
        x.name(ARGUMENT);
        VirtualDentry place = tree.vfs.find(x.caller.get(), tree.child(x));
        return place == null ? missing(x) : tree.replyWithEntry(x, place);
    }

    /** ENOENT, or an entry without a node, which lets the kernel remember that there is none. */
    private int missing(Exchange x) throws ErrnoException {
        long nanos = tree.policy(tree.node(x).place).missNanos();
        return nanos == 0 ? -Errno.ENOENT.number() : tree.attributes.noEntry(x.out, PAYLOAD, nanos);
    }

    int forget(Exchange x) {
        if (x.end >= ARGUMENT + FuseForgetIn.SIZE) {
            tree.forget(x.nodeId, FuseForgetIn.nlookup(x.in, ARGUMENT));
        }
        return NO_REPLY;
    }

    int batchForget(Exchange x) {
        if (x.end < ARGUMENT + FuseBatchForgetIn.SIZE) {
            return NO_REPLY;
        }
        long count = Integer.toUnsignedLong(FuseBatchForgetIn.count(x.in, ARGUMENT));
        int at = ARGUMENT + FuseBatchForgetIn.SIZE;
        for (long i = 0; i < count && at + FuseForgetOne.SIZE <= x.end; i++) {
            tree.forget(FuseForgetOne.nodeid(x.in, at), FuseForgetOne.nlookup(x.in, at));
            at += FuseForgetOne.SIZE;
        }
        return NO_REPLY;
    }

    int getattr(Exchange x) throws ErrnoException {
        x.require(FuseGetattrIn.SIZE);
        boolean byHandle = (FuseGetattrIn.getattrFlags(x.in, ARGUMENT) & FuseFlag.GETATTR_FH) != 0;
        Node node = stat(x, byHandle, FuseGetattrIn.fh(x.in, ARGUMENT));
        return tree.attributes.attributes(x.out, PAYLOAD, tree.policy(node.place), x.stat);
    }

    int statx(Exchange x) throws ErrnoException {
        x.require(FuseStatxIn.SIZE);
        boolean byHandle = (FuseStatxIn.getattrFlags(x.in, ARGUMENT) & FuseFlag.GETATTR_FH) != 0;
        Node node = stat(x, byHandle, FuseStatxIn.fh(x.in, ARGUMENT));
        return tree.attributes.statx(x.out, PAYLOAD, tree.policy(node.place), x.stat);
    }

    private Node stat(Exchange x, boolean byHandle, long handle) throws ErrnoException {
        Node node = tree.node(x);
        if (byHandle && handle != PlainFiles.NO_HANDLE) {
            tree.handle(x, handle).description.stat(x.caller.get(), x.stat);
        } else {
            tree.vfs.stat(x.caller.get(), x.path.itself(node.place), x.stat);
        }
        return node;
    }

    /** Whether a SETATTR goes by an open file. */
    static boolean isByHandle(Exchange x) {
        return (FuseSetattrIn.valid(x.in, ARGUMENT) & FuseFlag.FATTR_FH) != 0;
    }

    int setattr(Exchange x) throws ErrnoException {
        x.require(FuseSetattrIn.SIZE);
        Node node = tree.node(x);
        int valid = FuseSetattrIn.valid(x.in, ARGUMENT);
        boolean byHandle = isByHandle(x);
        SetStat change = x.setStat;
        fill(change, x, valid);
        long handle = FuseSetattrIn.fh(x.in, ARGUMENT);
        Credentials caller = x.caller.get();
        if ((valid & FuseFlag.FATTR_KILL_SUIDGID) != 0) {
            caller = caller.withoutCapabilities(Capability.FSETID);
        }
        if (byHandle && handle == PlainFiles.NO_HANDLE && tree.plain != null) {
            tree.plain.opened(x, node, PlainFiles.WRITE).setStat(caller, change);
        } else if (byHandle) {
            tree.handle(x, handle, OpenFlags.O_WRONLY).description.setStat(change);
        } else {
            tree.vfs.setStat(caller, x.path.itself(node.place), change);
        }
        stat(x, byHandle, FuseSetattrIn.fh(x.in, ARGUMENT));
        return tree.attributes.attributes(x.out, PAYLOAD, tree.policy(node.place), x.stat);
    }

    /** An owner of the host that the tree cannot show is EINVAL, as for an id without a mapping (chown(2), user_namespaces(7)). */
    private int ownerOfTree(int hostId) throws ErrnoException {
        if (!tree.ids.contains(hostId)) {
            throw Errno.EINVAL.exception();
        }
        return tree.ids.toTree(hostId);
    }

    private void fill(SetStat change, Exchange x, int valid) throws ErrnoException {
        change.clear();
        if ((valid & FuseFlag.FATTR_MODE) != 0) {
            change.mask |= SetStat.MODE;
            change.mode = FuseSetattrIn.mode(x.in, ARGUMENT);
        }
        if ((valid & FuseFlag.FATTR_UID) != 0) {
            change.mask |= SetStat.UID;
            change.uid = ownerOfTree(FuseSetattrIn.uid(x.in, ARGUMENT));
        }
        if ((valid & FuseFlag.FATTR_GID) != 0) {
            change.mask |= SetStat.GID;
            change.gid = ownerOfTree(FuseSetattrIn.gid(x.in, ARGUMENT));
        }
        if ((valid & FuseFlag.FATTR_SIZE) != 0) {
            change.mask |= SetStat.SIZE;
            change.size = FuseSetattrIn.size(x.in, ARGUMENT);
        }
        if ((valid & FuseFlag.FATTR_ATIME) != 0) {
            change.mask |= SetStat.ACCESS_TIME | ((valid & FuseFlag.FATTR_ATIME_NOW) != 0 ? SetStat.ACCESS_NOW : 0);
            change.accessSeconds = FuseSetattrIn.atime(x.in, ARGUMENT);
            change.accessNanos = FuseSetattrIn.atimensec(x.in, ARGUMENT);
        }
        if ((valid & FuseFlag.FATTR_MTIME) != 0) {
            change.mask |= SetStat.MODIFY_TIME | ((valid & FuseFlag.FATTR_MTIME_NOW) != 0 ? SetStat.MODIFY_NOW : 0);
            change.modifySeconds = FuseSetattrIn.mtime(x.in, ARGUMENT);
            change.modifyNanos = FuseSetattrIn.mtimensec(x.in, ARGUMENT);
        }
    }

    int readlink(Exchange x) throws ErrnoException {
        return tree.vfs.readlink(x.caller.get(), tree.target(x), x.linkTarget);
    }

    int access(Exchange x) throws ErrnoException {
        x.require(FuseAccessIn.SIZE);
        tree.vfs.access(x.caller.get(), tree.target(x), FuseAccessIn.mask(x.in, ARGUMENT) & 7);
        return 0;
    }

    int statfs(Exchange x) throws ErrnoException {
        FileSystemStatistics s = x.statistics;
        tree.vfs.statfs(x.caller.get(), tree.target(x), s);
        FuseKstatfs.blocks(x.out, PAYLOAD, s.blocks);
        FuseKstatfs.bfree(x.out, PAYLOAD, s.blocksFree);
        FuseKstatfs.bavail(x.out, PAYLOAD, s.blocksAvailable);
        FuseKstatfs.files(x.out, PAYLOAD, s.files);
        FuseKstatfs.ffree(x.out, PAYLOAD, s.filesFree);
        FuseKstatfs.bsize(x.out, PAYLOAD, (int) s.blockSize);
        FuseKstatfs.namelen(x.out, PAYLOAD, s.nameLength);
        FuseKstatfs.frsize(x.out, PAYLOAD, (int) s.fragmentSize);
        return FuseKstatfs.SIZE;
    }
}
