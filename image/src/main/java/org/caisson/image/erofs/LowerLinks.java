package org.caisson.image.erofs;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;
import org.caisson.vfs.erofs.ErofsNode;
import org.caisson.vfs.erofs.ErofsNodes;

/**
 * The names that a layer gives to files of lower layers ({@link ErofsWriter#linkBelow}): to which files, as the lower layers have them.
 * What the layer itself hides or puts in their place came later, or the names would not be.
 */
final class LowerLinks {
    private final ErofsNodes image;
    private final ImageTree lower;
    private final Map<Long, Integer> rows = new HashMap<>();
    private final Set<Long> directories = new HashSet<>();
    private final Deque<ErofsNode> waiting = new ArrayDeque<>();

    /** Of a layer, with what the tree of the lower ones is before anything of the layer is in it. */
    LowerLinks(ErofsNodes image, ImageTree lower) {
        this.image = image;
        this.lower = lower;
    }

    /**
     * By the numbers of the inodes that stand for them, the rows of the files.
     *
     * @throws ErofsFormatException if one is not there
     */
    Map<Long, Integer> find() throws IOException {
        ErofsNode root = image.root();
        if (!root.attributes().containsKey(ErofsWriter.LINKS)) {
            return rows;
        }
        enter(root);
        while (!waiting.isEmpty()) {
            waiting.pop().forEachEntry((name, nid) -> look(name, image.node(nid)));
        }
        return rows;
    }

    private void enter(ErofsNode directory) throws IOException {
        if (!directories.add(directory.nid())) {
            throw Errno.EUCLEAN.exception();
        }
        waiting.push(directory);
    }

    private void look(Name name, ErofsNode node) throws IOException {
        switch (node.mode() & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> enter(node);
            case StatMode.S_IFLNK -> {
                if (!rows.containsKey(node.nid()) && node.attributes().containsKey(ErofsWriter.LINK)) {
                    rows.put(node.nid(), row(name, node.target()));
                }
            }
            default -> {}
        }
    }

    private int row(Name name, byte[] target) throws ErofsFormatException {
        int row = lower.find(new ImagePath(target));
        if (row == ImageTree.NONE) {
            throw new ErofsFormatException(name + ": a link to " + ErofsWriter.text(target)
                    + ", which is neither in the layer nor in those below it");
        }
        if (lower.isDirectory(row)) {
            throw new ErofsFormatException(name + ": a link to " + ErofsWriter.text(target) + ", which is a directory");
        }
        return row;
    }
}
