package org.caisson.fuse;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.caisson.vfs.Mount;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that the kernel knows: by number for requests, by file for lookups. The root has number 1 and is never forgotten.
 *
 * <p>Finding takes no lock. The index by file is an open-addressing table, written under this object's monitor (taken before
 * that of the {@link SlotTable}); a reader that misses a node because of a concurrent change asks again under the monitor.
 */
final class NodeTable {
    static final int ROOT_ID = 1;

    private final SlotTable<Node> byId = new SlotTable<>(ROOT_ID);
    private final Node root;
    private volatile AtomicReferenceArray<@Nullable Node> byFile = new AtomicReferenceArray<>(128);

    /** Filled slots of the index, dead nodes included. */
    private int filled;

    NodeTable(VirtualDentry rootPlace) {
        root = new Node(rootPlace);
        byId.add(root);
        insert(root);
    }

    @Nullable
    Node get(long id) {
        Node node = byId.get(id);
        // A dead one is about to be taken out.
        return node != null && !node.isDead() ? node : null;
    }

    /** The node of the file at {@code place}, with one lookup more than before. */
    Node lookUp(VirtualDentry place) {
        Node node = find(byFile, place);
        if (node != null && node.retain()) {
            node.foundAt(place);
            return node;
        }
        synchronized (this) {
            node = find(byFile, place);
            if (node != null && node.retain()) {
                node.foundAt(place);
                return node;
            }
            node = new Node(place);
            byId.add(node);
            insert(node);
            return node;
        }
    }

    /** As {@link #lookUp}, but null if the kernel does not know the file. */
    @Nullable
    Node lookUpKnown(VirtualDentry place) {
        Node node = find(byFile, place);
        if (node == null || !node.retain()) {
            return null;
        }
        node.foundAt(place);
        return node;
    }

    /** Keeps numbers that were given out before. Before all other use. */
    void reserve(Iterable<Long> ids) {
        byId.reserve(ids);
    }

    /** Gives the file at {@code place} a number that was kept, and for ever; another that it has got meanwhile is as good. */
    synchronized Node put(long id, VirtualDentry place) {
        Node there = byId.get(id);
        if (there != null) {
            return there;
        }
        Node node = new Node(place);
        node.keep();
        byId.put(id, node);
        insert(node);
        return node;
    }

    /** The node of the file at {@code place} if the kernel knows it; no lookup is counted. */
    @Nullable
    Node peek(VirtualDentry place) {
        Node node = find(byFile, place);
        return node != null && !node.isDead() ? node : null;
    }

    /** Takes {@code count} lookups off the node {@code id}; the node if it is dead by that. An unknown node and the root are passed over. */
    @Nullable
    Node forget(long id, long count) {
        Node node = byId.get(id);
        if (node == null || node == root || !node.release(count)) {
            return null;
        }
        byId.remove(id);
        return node;
    }

    /** Visits all nodes, those that come and go meanwhile perhaps. */
    void forEach(Consumer<Node> visitor) {
        int limit = byId.limit();
        for (int slot = 0; slot < limit; slot++) {
            Node node = byId.atSlot(slot);
            if (node != null) {
                visitor.accept(node);
            }
        }
    }

    int size() {
        return byId.size();
    }

    private static @Nullable Node find(AtomicReferenceArray<@Nullable Node> table, VirtualDentry place) {
        Mount mount = place.mount();
        Object file = Node.fileAt(place);
        int mask = table.length() - 1;
        for (int i = Node.hash(mount, file) & mask; ; i = (i + 1) & mask) {
            Node node = table.getAcquire(i);
            if (node == null) {
                return null;
            }
            if (node.is(mount, file) && !node.isDead()) {
                return node;
            }
        }
    }

    private synchronized void insert(Node node) {
        AtomicReferenceArray<@Nullable Node> table = byFile;
        if (filled * 2 >= table.length()) {
            table = rebuild(table);
        }
        if (put(table, node)) {
            filled++;
        }
        byFile = table;
    }

    /** Puts the node in the place of the first dead or missing one; true if the slot was empty. */
    private static boolean put(AtomicReferenceArray<@Nullable Node> table, Node node) {
        int mask = table.length() - 1;
        for (int i = node.hash() & mask; ; i = (i + 1) & mask) {
            Node there = table.getPlain(i);
            if (there == null || there.isDead()) {
                table.setRelease(i, node);
                return there == null;
            }
        }
    }

    /** A new index without the dead nodes, with room for as many again as live. */
    private AtomicReferenceArray<@Nullable Node> rebuild(AtomicReferenceArray<@Nullable Node> old) {
        int live = byId.size() + 1;
        int capacity = Math.max(128, Integer.highestOneBit(live) * 8);
        AtomicReferenceArray<@Nullable Node> table = new AtomicReferenceArray<>(capacity);
        filled = 0;
        for (int i = 0; i < old.length(); i++) {
            Node node = old.getPlain(i);
            if (node != null && !node.isDead() && put(table, node)) {
                filled++;
            }
        }
        return table;
    }
}
