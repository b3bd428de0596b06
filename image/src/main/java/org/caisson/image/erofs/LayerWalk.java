package org.caisson.image.erofs;

import static org.caisson.image.erofs.ErofsWriter.BLOCK;
import static org.caisson.image.erofs.ErofsWriter.BLOCK_BITS;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;
import org.caisson.vfs.erofs.ErofsLayout;
import org.caisson.vfs.erofs.ErofsNode;
import org.caisson.vfs.erofs.ErofsNodes;

/** Lays one layer over what is in the tree of a merged image already. */
final class LayerWalk {
    private static final Name OPAQUE = Name.of("trusted.overlay.opaque");
    private static final Name OVERLAY = Name.of("trusted.overlay.");
    private static final Name OVERLAY_END = Name.of("trusted.overlay/");
    private static final int PIECE = 1 << 17;

    private final ErofsNodes image;
    private final long start;
    private final ErofsWriter writer;
    private final ImageTree tree;
    private final ErofsEntry entry = new ErofsEntry();

    /** The rows of files with several names, and of those of lower layers that this one gives more. */
    private final Map<Long, Integer> rows = new HashMap<>();

    private final Set<Long> directories = new HashSet<>();

    /** Directories whose entries are still to be added. */
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /** How much of directories, chunk lists and tails there may still be: as they have a place each, not more than the file is long. */
    private long budget;

    private final AttributeBudget attributes;

    private record Waiting(ErofsNode directory, int row) {}

    /**
     * A layer.
     *
     * @param start the block that its first one is, counted from the first of the first device
     */
    LayerWalk(ErofsNodes image, long start, ErofsWriter writer) {
        this.image = image;
        this.start = start;
        this.writer = writer;
        tree = writer.tree();
        budget = image.fileSize();
        attributes = new AttributeBudget(image.fileSize());
    }

    void run() throws IOException {
        ErofsNode root = image.root();
        if (!StatMode.isDirectory(root.mode())) {
            throw Errno.EUCLEAN.exception();
        }
        rows.putAll(new LowerLinks(image, tree).find());
        enter(root, ImageTree.ROOT, true);
        while (!waiting.isEmpty()) {
            Waiting next = waiting.pop();
            next.directory.forEachEntry((name, nid) -> add(next.row, name, image.node(nid)));
        }
    }

    private void spend(long bytes) throws ErrnoException {
        budget -= bytes;
        if (bytes < 0 || budget < 0) {
            throw Errno.EUCLEAN.exception();
        }
    }

    /** Says of a directory in the tree what the layer says of it. If it says nothing, what was {@code known} before stays. */
    private void enter(ErofsNode directory, int row, boolean known) throws IOException {
        if (!directories.add(directory.nid())) {
            throw Errno.EUCLEAN.exception();
        }
        spend(directory.size());
        NavigableMap<Name, byte[]> its = attributes.read(directory);
        byte[] opaque = its.get(OPAQUE);
        boolean alone = opaque != null && opaque.length == 1 && opaque[0] == 'y';
        if (alone) {
            tree.empty(row);
        }
        boolean silent = known && !alone && its.containsKey(ErofsWriter.IMPLIED);
        if (!silent) {
            describe(directory, its);
            tree.describe(row, entry, writer.attributes().set("a directory", its));
        }
        waiting.push(new Waiting(directory, row));
    }

    private ErofsEntry describe(ErofsNode node, NavigableMap<Name, byte[]> its) {
        its.subMap(OVERLAY, OVERLAY_END).clear();
        entry.mode = node.mode();
        entry.uid = node.uid();
        entry.gid = node.gid();
        entry.seconds = node.seconds();
        entry.nanos = node.nanos();
        entry.attributes = its;
        return entry;
    }

    private void add(int directory, Name name, ErofsNode node) throws IOException {
        byte[] text = name.toByteArray();
        if (node.isWhiteout()) {
            tree.unname(directory, text, 0, text.length);
            return;
        }
        if (StatMode.isDirectory(node.mode())) {
            int present = tree.find(directory, text, 0, text.length);
            boolean known = present != ImageTree.NONE && tree.isDirectory(present);
            if (!known) {
                present = tree.addInode(describe(node, new TreeMap<>()), XattrTable.NOTHING);
                tree.name(directory, text, 0, text.length, present);
            }
            enter(node, present, known);
            return;
        }
        Integer known = rows.get(node.nid());
        int row = known == null ? addFile(node, name) : known;
        if (known == null && node.links() > 1) {
            rows.put(node.nid(), row);
        }
        tree.name(directory, text, 0, text.length, row);
    }

    private int addFile(ErofsNode node, Name name) throws IOException {
        NavigableMap<Name, byte[]> its = attributes.read(node);
        ErofsEntry described = describe(node, its);
        int set = writer.attributes().set(name.toString(), its);
        int row = tree.addInode(described, set);
        int room = writer.attributes().largestSize(set);
        switch (node.mode() & StatMode.S_IFMT) {
            case StatMode.S_IFREG -> addData(node, row, name, room);
            case StatMode.S_IFLNK -> {
                byte[] target = node.target();
                spend(target.length);
                writer.data().begin(row, name.toString(), target.length, room, false);
                writer.data().write(target, 0, target.length);
                writer.data().end();
            }
            case StatMode.S_IFCHR, StatMode.S_IFBLK -> tree.union(row, node.device());
            default -> tree.union(row, 0);
        }
        return row;
    }

    private void addData(ErofsNode node, int row, Name name, int room) throws IOException {
        long size = node.size();
        if (node.isCompressed()) {
            throw new ErofsFormatException(name + ": its data is compressed, so that it is nowhere as it is");
        }
        if (size == 0) {
            tree.size(row, 0);
        } else if (node.isChunked()) {
            writer.data().elsewhere(row, size, chunks(node));
        } else if (node.tail() == 0) {
            writer.data().elsewhere(row, size, start + node.block(0), new byte[0]);
        } else if (node.tail() < size && ErofsLayout.EXTENDED_SIZE + room + node.tail() <= BLOCK) {
            byte[] tail = new byte[node.tail()];
            spend(tail.length);
            node.read(tail, tail.length, size - tail.length);
            writer.data().elsewhere(row, size, start + node.block(0), tail);
        } else {
            copy(node, row, name, room);
        }
    }

    /** What is behind the inode there comes behind the inode here. */
    private void copy(ErofsNode node, int row, Name name, int room) throws IOException {
        spend(node.size());
        writer.data().begin(row, name.toString(), node.size(), room, false);
        byte[] piece = new byte[(int) Math.min(PIECE, node.size())];
        long done = 0;
        while (done < node.size()) {
            int count = node.read(piece, piece.length, done);
            writer.data().write(piece, 0, count);
            done += count;
        }
        writer.data().end();
    }

    private SparseMap chunks(ErofsNode node) throws IOException {
        int bits = BLOCK_BITS + node.chunkBits();
        long count = ((node.size() - 1) >>> bits) + 1;
        spend(count * Integer.BYTES);
        if (count > Integer.MAX_VALUE) {
            throw Errno.EUCLEAN.exception();
        }
        SparseMap map = new SparseMap(node.chunkBits());
        for (int chunk = 0; chunk < count; chunk++) {
            long block = node.block((long) chunk << bits);
            if (block >= 0) {
                map.add(chunk, (int) (start + block));
            }
        }
        return map;
    }
}
