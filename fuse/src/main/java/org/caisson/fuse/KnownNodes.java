package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of nodes of a connection that can be gone on with: each is written in the {@link ConnectionLog} before the kernel learns of
 * it. What a server before this one gave out is found again by name when it is asked for, and keeps its number for ever, as nobody knows
 * how often the kernel has looked it up.
 */
final class KnownNodes {
    private final ConnectionLog log;
    private final NodeTable nodes;

    /** What was known when this server began; never changed. */
    private final Map<Long, ConnectionLog.Entry> names;

    private final Map<ConnectionLog.Entry, Long> numbers = new HashMap<>();

    KnownNodes(ConnectionLog log, NodeTable nodes) {
        this.log = log;
        this.nodes = nodes;
        names = log.known();
        names.forEach((id, entry) -> numbers.put(entry, id));
        nodes.reserve(names.keySet());
    }

    /** The node of the file at {@code place}, found by a name of {@code length} bytes at {@code at} in the directory of that number. */
    Node lookUp(VirtualDentry place, long directory, MemorySegment bytes, long at, int length) {
        Node present = nodes.lookUpKnown(place);
        if (present != null) {
            return present;
        }
        Long before =
                numbers.isEmpty() ? null : numbers.get(new ConnectionLog.Entry(directory, Name.of(bytes, at, length)));
        if (before != null) {
            return nodes.put(before, place);
        }
        Node node = nodes.lookUp(place);
        log.know(node.id(), directory, bytes, at, length);
        return node;
    }

    /** A node that another server knew; ESTALE if there is none of that number, or its name leads nowhere. */
    Node find(VirtualFileSystem vfs, Credentials credentials, VirtualDentry root, long id) throws ErrnoException {
        Node there = nodes.get(id);
        if (there != null) {
            return there;
        }
        ConnectionLog.@Nullable Entry entry = names.get(id);
        if (entry == null) {
            throw Errno.ESTALE.exception();
        }
        // As deep as names are nested: a directory is known before what is in it.
        Node directory = find(vfs, credentials, root, entry.directory());
        VirtualDentry place =
                vfs.find(credentials, new PathOperation().root(root).child(directory.place, entry.name()));
        if (place == null) {
            throw Errno.ESTALE.exception();
        }
        return nodes.put(id, place);
    }

    void forget(long id) {
        log.forget(id);
    }
}
