package org.caisson.vfs.notify;

import java.util.List;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * One change of a subtree, see {@link ChangeFeed}. Paths are those at the moment of the change. Places lead to the file itself,
 * wherever it is by now; {@link org.caisson.vfs.FileSystem#identityOf} of their dentries tells which names are of one file.
 *
 * <p>What follows of itself is not told apart: the times and link counts that change with a name, and the times that change with
 * data.
 */
public sealed interface Change {
    /** Numbers rise in the order in which the changes of the file system took effect; changes elsewhere have the numbers left out. */
    long sequence();

    /**
     * A name came to be.
     *
     * @param link whether the file has other names already
     */
    record Created(long sequence, TreePath path, VirtualDentry place, boolean link) implements Change {}

    /** A name was removed, which the root of the subtree may be; of the root nothing follows. */
    record Removed(long sequence, TreePath path, VirtualDentry place) implements Change {}

    /**
     * A file or directory, with all in it, got another name.
     *
     * @param replaced what had that name before and has no longer; null if it was free
     */
    record Moved(
            long sequence,
            TreePath from,
            TreePath to,
            VirtualDentry place,
            @Nullable VirtualDentry replaced) implements Change {}

    /** Two names were exchanged; the places are those now at the first and the second path. */
    record Exchanged(
            long sequence, TreePath first, TreePath second, VirtualDentry firstPlace, VirtualDentry secondPlace)
            implements Change {}

    /**
     * Something came from outside of the subtree.
     *
     * @param replaced what had that name before and has no longer; null if it was free
     * @param below all that a directory had in it at that moment, its paths from the root of the subtree as well
     */
    record MovedIn(
            long sequence,
            TreePath path,
            VirtualDentry place,
            @Nullable VirtualDentry replaced,
            List<TreeSnapshot.Entry> below)
            implements Change {}

    /** Something, with all in it, went out of the subtree. */
    record MovedOut(long sequence, TreePath path, VirtualDentry place) implements Change {}

    /**
     * Bytes of a range may be others than before.
     *
     * @param path one of the names of the file
     * @param size the size of the file after the change, in bytes; a file that was cut off has a range of length 0 there
     */
    record DataChanged(long sequence, TreePath path, VirtualDentry place, long offset, long length, long size)
            implements Change {}

    /**
     * Mode, owner or times were set.
     *
     * @param path one of the names of the file
     * @param mask bits of {@link SetStat}
     */
    record AttributesChanged(long sequence, TreePath path, VirtualDentry place, int mask) implements Change {}

    /**
     * An extended attribute was set or removed.
     *
     * @param path one of the names of the file
     */
    record XattrChanged(long sequence, TreePath path, VirtualDentry place, Name name) implements Change {}

    /**
     * Changes that nobody fetched in time were dropped: a {@link ChangeFeed#snapshot} tells what became of the subtree.
     *
     * @param sequence the number of the first one that is lost
     * @param last the number of the last one
     * @param count how many are lost
     */
    record Lost(long sequence, long last, long count) implements Change {}
}
