package org.caisson.vfs.mem;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/**
 * What a directory has for snapshots that it has no more, or did not have then: by each name that changed since what it stood for. Only the
 * newest image of a directory notes changes; what is not in it nor in older ones is as in newer ones or in the directory itself.
 *
 * <p>All is under the monitor of the directory's dentry.
 */
final class EntriesImage extends Image {
    private final TreeDentry directory;
    final int count;
    final int nextCookie;

    /** Null for a name that nothing had. */
    private final Map<Name, @Nullable PastEntry> byName = new HashMap<>();

    private final TreeMap<Integer, PastEntry> byCookie = new TreeMap<>();

    @Nullable
    EntriesImage older;

    EntriesImage(TreeDentry directory, int count, int first, int last) {
        super(first, last);
        this.directory = directory;
        this.count = count;
        nextCookie = directory.nextCookie();
    }

    /** Notes what a name stands for before it changes, unless it has changed before. */
    void note(Name name) {
        if (!byName.containsKey(name)) {
            TreeDentry child = directory.child(name);
            add(name, child == null ? null : new PastEntry(name, child, child.cookie()));
        }
    }

    private void add(Name name, @Nullable PastEntry entry) {
        byName.put(name, entry);
        if (entry != null) {
            byCookie.put(entry.cookie(), entry);
        }
    }

    boolean knows(Name name) {
        return byName.containsKey(name);
    }

    /** What a name stood for; null for nothing. */
    @Nullable
    PastEntry get(Name name) {
        return byName.get(name);
    }

    /** The first entry from a cookie on that changed. */
    @Nullable
    PastEntry from(int cookie) {
        Map.Entry<Integer, PastEntry> found = byCookie.ceilingEntry(cookie);
        return found == null ? null : found.getValue();
    }

    /** Takes in what a newer image noted that is given up. */
    void takeOver(EntriesImage newer) {
        newer.byName.forEach((name, entry) -> {
            if (!byName.containsKey(name)) {
                add(name, entry);
            }
        });
    }

    @Override
    void discard() {
        synchronized (directory) {
            ((MemDirectory) directory.inode()).discard(this);
        }
    }
}
