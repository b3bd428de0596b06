package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.host.BackedByHostFile;
import org.jspecify.annotations.Nullable;

/** The tree that one server serves, and what the kernel knows of it. All operations share it. */
final class ServedTree {
    private static final long ST_RDONLY = 1;

    final VirtualFileSystem vfs;
    final VirtualDentry root;
    final NodeTable nodes;
    final SlotTable<Handle> handles;
    final IdShift ids;
    final Attributes attributes;

    /** Whether locks are kept in the tree, and not by the kernel for this mount alone. */
    final boolean ownLocks;

    final LockOwners lockOwners = new LockOwners();

    /** An open file costs memory here, so that a container must not have as many as it likes. */
    private final int mostHandles;

    /** What holds for every file instead of its own policy, because only this server changes the tree; else null. */
    private final @Nullable CachePolicy commonPolicy;

    /** Whether the kernel alone decides who may do what, so that all requests are root's, and may map ids by the mount. */
    final boolean kernelDecides;

    /** Whether the kernel keeps what is written and the size of files for a while: then it reads what is open for writing. */
    final boolean writeback;

    /** Where files are served by node, and not by what is open; else null. */
    final @Nullable PlainFiles plain;

    /** Whether the kernel opens plain files without asking, once it was told so. Set before any file is opened. */
    volatile boolean opensUnasked;

    /**
     * Whether the kernel lists directories without opening them: what nobody can change is listed the same by whatever has it open. Set
     * before the first request.
     */
    volatile boolean listsUnasked;

    /** Where the connection can be gone on with; else null. */
    private final @Nullable KnownNodes known;

    private final @Nullable EarlierHandles earlier;

    /** Set before any file is opened, if the kernel can move data past us. */
    private volatile @Nullable BackingFiles backing;

    ServedTree(
            VirtualFileSystem vfs,
            VirtualDentry root,
            IdShift ids,
            int mostHandles,
            @Nullable CachePolicy commonPolicy,
            boolean writeback,
            boolean ownLocks,
            boolean plainFiles,
            boolean kernelDecides,
            @Nullable ConnectionLog log) {
        this.plain = plainFiles ? new PlainFiles(vfs) : null;
        this.ownLocks = ownLocks;
        this.kernelDecides = kernelDecides;
        this.commonPolicy = commonPolicy;
        this.writeback = writeback;
        this.mostHandles = mostHandles;
        this.vfs = vfs;
        this.root = root;
        this.nodes = new NodeTable(root);
        this.known = log == null ? null : new KnownNodes(log, nodes);
        this.earlier = log == null ? null : new EarlierHandles(vfs, log.generation(), mostHandles);
        this.handles = new SlotTable<>(1, earlier == null ? 0 : earlier.firstEpoch());
        this.ids = ids;
        this.attributes = new Attributes(ids);
    }

    /** The node that a request names. A number that we never gave, or that was forgotten, is ESTALE. */
    Node node(Exchange exchange, long id) throws ErrnoException {
        Node node = nodes.get(id);
        if (node != null) {
            return node;
        }
        if (known == null) {
            throw Errno.ESTALE.exception();
        }
        return known.find(vfs, exchange.caller.get(), root, id);
    }

    Node node(Exchange exchange) throws ErrnoException {
        return node(exchange, exchange.nodeId);
    }

    /** The node at {@code place}, which is called as the request's name says in the directory of that number; one lookup more. */
    Node lookUp(Exchange exchange, VirtualDentry place) {
        return lookUp(place, exchange.nodeId, exchange.in, exchange.nameAt, exchange.nameLength);
    }

    Node lookUp(VirtualDentry place, long directory, MemorySegment names, long at, int length) {
        return known == null ? nodes.lookUp(place) : known.lookUp(place, directory, names, at, length);
    }

    /** The kernel moves data past us where it can. */
    void useBacking(BackingFiles files) {
        backing = files;
        if (plain != null) {
            plain.useBacking(files);
        }
    }

    /** The backing files, if the kernel moves data past us where it can. */
    @Nullable
    BackingFiles backing() {
        return backing;
    }

    /** Takes lookups off a node. */
    void forget(long id, long count) {
        Node dead = nodes.forget(id, count);
        if (dead == null) {
            return;
        }
        if (plain != null) {
            plain.forget(dead);
        }
        if (known != null) {
            known.forget(id);
        }
    }

    /** To be called before the name found last is taken from its file, which may be open without our knowing. */
    void pin(Exchange exchange, PathOperation name) throws ErrnoException {
        if (plain == null) {
            return;
        }
        VirtualDentry place = vfs.find(exchange.caller.get(), name);
        Node node = place == null ? null : nodes.peek(place);
        if (node != null) {
            plain.pin(exchange, node);
        }
    }

    /** Has the kernel move the data of an open file past us if that can be; its number for the backing file, else 0. */
    int back(Handle handle) {
        BackingFiles files = backing;
        if (files == null || !(handle.description instanceof BackedByHostFile file)) {
            return BackingFiles.NONE;
        }
        int id = files.open(handle.node, file);
        handle.isBacked = id != BackingFiles.NONE;
        return id;
    }

    /** An open file is used no more. */
    void release(Handle handle) {
        BackingFiles files = backing;
        if (handle.isBacked && files != null) {
            files.close(handle.node);
        }
        handle.release();
    }

    /** Whether another server may go on with this connection. */
    boolean canBeResumed() {
        return known != null;
    }

    /** Whether only this server changes the tree, so that the kernel may remember what it was told. */
    boolean isOnlyDoor() {
        return commonPolicy != null;
    }

    /** Whether nobody can change the root's file system. */
    boolean isReadOnly() throws ErrnoException {
        FileSystemStatistics statistics = new FileSystemStatistics();
        vfs.statfs(Credentials.root(), new PathOperation().root(root).itself(root), statistics);
        return (statistics.flags & ST_RDONLY) != 0;
    }

    /**
     * The open file that a request names; EBADF if there is none.
     *
     * @param flags how it must be open if it was opened with a server before this one
     */
    Handle handle(Exchange exchange, long id, int flags) throws ErrnoException {
        Handle handle = handles.get(id);
        if (handle != null) {
            return handle;
        }
        if (earlier == null || !earlier.isEarlier(id)) {
            throw Errno.EBADF.exception();
        }
        return earlier.get(exchange.caller.get(), root, id, node(exchange), flags);
    }

    Handle handle(Exchange exchange, long id) throws ErrnoException {
        return handle(exchange, id, OpenFlags.O_RDONLY);
    }

    /** Whether the open file of that number was opened with a server before this one. */
    boolean isEarlier(long id) {
        return earlier != null && earlier.isEarlier(id);
    }

    /** An open file is known no more; EBADF if it was not. */
    void release(long id) throws ErrnoException {
        Handle handle = handles.remove(id);
        if (handle != null) {
            release(handle);
        } else if (earlier != null && earlier.isEarlier(id)) {
            earlier.release(id);
        } else {
            throw Errno.EBADF.exception();
        }
    }

    /** Before a file is opened; ENFILE if there are too many. Threads that ask at once may all be let through. */
    void requireRoomForHandle() throws ErrnoException {
        if (handles.size() >= mostHandles) {
            throw Errno.ENFILE.exception();
        }
    }

    /** The operation's target: the node that the request names. */
    PathOperation target(Exchange exchange) throws ErrnoException {
        return exchange.path.itself(node(exchange).place);
    }

    /** The operation's target: the name found last, in the directory that the request names. */
    PathOperation child(Exchange exchange) throws ErrnoException {
        return exchange.path.child(node(exchange).place, exchange.in, exchange.nameAt, exchange.nameLength);
    }

    CachePolicy policy(VirtualDentry place) {
        CachePolicy common = commonPolicy;
        return common != null ? common : place.mount().fileSystem().cachePolicy(place.dentry());
    }

    /** Answers with the node at {@code place}, which the kernel knows from now on. */
    int replyWithEntry(Exchange exchange, VirtualDentry place) throws ErrnoException {
        vfs.stat(exchange.caller.get(), exchange.path.itself(place), exchange.stat);
        Node node = lookUp(exchange, place);
        return attributes.entry(exchange.out, Exchange.PAYLOAD, node.id(), policy(place), exchange.stat);
    }

    /** The connection has ended: the kernel releases nothing any more. */
    void releaseAll() {
        int limit = handles.limit();
        for (int slot = 0; slot < limit; slot++) {
            Handle handle = handles.atSlot(slot);
            if (handle != null && handles.remove(handle.id()) != null) {
                release(handle);
            }
        }
        if (earlier != null) {
            earlier.releaseAll();
        }
        if (plain != null) {
            nodes.forEach(plain::forget);
        }
    }
}
