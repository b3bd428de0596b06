package org.caisson.vfs.notify;

import java.util.List;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;

/**
 * What was in a subtree at one moment.
 *
 * @param sequence all changes up to this number are contained, and none after it
 * @param entries everything but the root, each directory before what is in it
 */
public record TreeSnapshot(long sequence, List<Entry> entries) {
    /** One name in the subtree. */
    public record Entry(TreePath path, VirtualDentry place) {}
}
