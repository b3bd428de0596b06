package org.caisson.vfs.mem;

import java.util.HashSet;
import java.util.Set;
import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/**
 * What a directory of a clone begins as: entries of a snapshot's directory, which come into the table when they are looked up. Under the
 * monitor of the clone's directory.
 */
final class DirectoryOrigin {
    private final PastDirectory past;

    /** How many entries are not in the table yet, and never were. */
    private int missing;

    /** Names that were taken away, so that they are not looked up again; null for none. */
    private @Nullable Set<Name> removed;

    DirectoryOrigin(PastDirectory past, int count) {
        this.past = past;
        missing = count;
    }

    /** What a name that is not in the table stands for; null for nothing. */
    @Nullable
    PastEntry find(Name name) {
        return isRemoved(name) ? null : past.find(name);
    }

    private boolean isRemoved(Name name) {
        return removed != null && removed.contains(name);
    }

    /** Notes that an entry came into the table; true if it was the last one. */
    boolean isCompletedBy(PastEntry found) {
        missing--;
        return missing == 0;
    }

    /** Notes that the entry of a name was taken out of the table. */
    void remove(Name name) {
        if (past.find(name) != null) {
            if (removed == null) {
                removed = new HashSet<>();
            }
            removed.add(name);
        }
    }

    /** The first entry from a cookie on that is not in the table of the clone's directory. */
    @Nullable
    PastEntry from(TreeDentry directory, int cookie) {
        PastEntry found = past.from(cookie);
        while (found != null && (isRemoved(found.name()) || directory.child(found.name()) != null)) {
            found = found.cookie() == Integer.MAX_VALUE ? null : past.from(found.cookie() + 1);
        }
        return found;
    }
}
