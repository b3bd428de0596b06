package org.caisson.fuse;

import static org.caisson.fuse.Exchange.ARGUMENT;
import static org.caisson.fuse.Exchange.PAYLOAD;

import java.lang.foreign.ValueLayout;
import org.caisson.fuse.protocol.FuseDirent;
import org.caisson.fuse.protocol.FuseEntryOut;
import org.caisson.fuse.protocol.FuseFlag;
import org.caisson.fuse.protocol.FuseOpenIn;
import org.caisson.fuse.protocol.FuseOpenOut;
import org.caisson.fuse.protocol.FuseReadIn;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;

/** Operations on open directories. */
final class DirectoryOperations {
    private static final int ENOSYS = -Errno.ENOSYS.number();

    private final ServedTree tree;

    DirectoryOperations(ServedTree tree) {
        this.tree = tree;
    }

    int opendir(Exchange x) throws ErrnoException {
        x.require(FuseOpenIn.SIZE);
        if (tree.listsUnasked) {
            // FUSE_NO_OPENDIR_SUPPORT: the kernel asks no more, and keeps what it reads of directories.
            return ENOSYS;
        }
        Node node = tree.node(x);
        int flags = FuseOpenIn.flags(x.in, ARGUMENT) | OpenFlags.O_DIRECTORY;
        tree.requireRoomForHandle();
        FileDescription description = tree.vfs.open(x.caller.get(), x.path.itself(node.place), x.openOptions(flags, 0));
        FuseOpenOut.fh(x.out, PAYLOAD, tree.handles.add(new Handle(node, description)));
        int remember = FuseFlag.FOPEN_CACHE_DIR | FuseFlag.FOPEN_KEEP_CACHE;
        FuseOpenOut.openFlags(x.out, PAYLOAD, tree.isOnlyDoor() ? remember : 0);
        return FuseOpenOut.SIZE;
    }

    int readdir(Exchange x) throws ErrnoException {
        read(x, false);
        return x.directory.length();
    }

    int readdirplus(Exchange x) throws ErrnoException {
        read(x, true);
        // The kernel begins each listing so. Of a large directory most want the names alone: whoever looks at its files
        // has the kernel ask so again (FUSE_READDIRPLUS_AUTO).
        boolean beginsLarge = FuseReadIn.offset(x.in, ARGUMENT) == 0 && x.directory.isFull();
        if (!beginsLarge) {
            addNodes(x, tree.node(x));
        }
        return x.directory.length();
    }

    private void read(Exchange x, boolean plus) throws ErrnoException {
        x.require(FuseReadIn.SIZE);
        FileDescription description = description(x, FuseReadIn.fh(x.in, ARGUMENT));
        long size = Math.min(Integer.toUnsignedLong(FuseReadIn.size(x.in, ARGUMENT)), x.capacity());
        x.directory.begin((int) size, plus);
        description.readDirectory(x.caller.get(), FuseReadIn.offset(x.in, ARGUMENT), x.directory);
    }

    private FileDescription description(Exchange x, long handle) throws ErrnoException {
        PlainFiles plain = tree.plain;
        return handle == PlainFiles.NO_HANDLE && plain != null && tree.listsUnasked
                ? plain.opened(x, tree.node(x), PlainFiles.READ)
                : tree.handle(x, handle, OpenFlags.O_DIRECTORY).description;
    }

    /**
     * Looks up each entry that was packed. This comes after the reading, which may hold locks of the directory. An entry that
     * cannot be looked up stays without a node: the kernel then looks it up when it is used.
     */
    private void addNodes(Exchange x, Node directory) {
        int end = PAYLOAD + x.directory.length();
        int at = PAYLOAD;
        try {
            while (at < end) {
                int dirent = at + FuseEntryOut.SIZE;
                int length = FuseDirent.namelen(x.out, dirent);
                int name = dirent + FuseDirent.SIZE;
                if (!isDots(x, name, length)) {
                    addNode(x, x.path.child(directory.place, x.out, name, length), name, length, at);
                }
                at += x.directory.recordSize(length);
            }
        } catch (RuntimeException | Error e) {
            forgetNodes(x, at);
            throw e;
        }
    }

    /** The kernel will not learn of the nodes before {@code end}, and so will not forget them. */
    private void forgetNodes(Exchange x, int end) {
        for (int at = PAYLOAD; at < end; ) {
            tree.forget(FuseEntryOut.nodeid(x.out, at), 1);
            at += x.directory.recordSize(FuseDirent.namelen(x.out, at + FuseEntryOut.SIZE));
        }
    }

    private void addNode(Exchange x, PathOperation child, int name, int length, int at) {
        try {
            VirtualDentry place = tree.vfs.find(x.caller.get(), child);
            if (place != null && tree.vfs.tryStat(x.caller.get(), x.path.itself(place), x.stat) == 0) {
                Node node = tree.lookUp(place, x.nodeId, x.out, name, length);
                tree.attributes.entry(x.out, at, node.id(), tree.policy(place), x.stat);
            }
        } catch (ErrnoException e) {
            FuseEntryOut.nodeid(x.out, at, 0);
        }
    }

    private static boolean isDots(Exchange x, int at, int length) {
        if (length > 2 || x.out.get(ValueLayout.JAVA_BYTE, at) != '.') {
            return false;
        }
        return length == 1 || x.out.get(ValueLayout.JAVA_BYTE, at + 1) == '.';
    }
}
