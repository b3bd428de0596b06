package org.caisson.vfs.notify;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the changes of one file system and gives them to the feeds that they concern.
 *
 * <p>While there is a feed, names change only under the order lock, and so do parents of dentries: what is told under it has the paths of
 * its moment, and nobody can find a new name before it was told.
 */
final class ChangeLog {
    private static final int ATTRIBUTES =
            SetStat.MODE | SetStat.UID | SetStat.GID | SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;

    private final Notifier files;

    /** Innermost but for the monitors of feeds: taken with the monitors of directories and the locks of data held. */
    private final ReentrantLock order = new ReentrantLock();

    /** Changed under the order lock; whether it is empty is also seen without. */
    private final List<ChangeFeed> feeds = new CopyOnWriteArrayList<>();

    /** Under the order lock. */
    private long sequence;

    /** Held while the first feed waits for changes that began without the order lock. Outermost. */
    private final Object activation = new Object();

    ChangeLog(Notifier files) {
        this.files = files;
    }

    /** From now on the feed is told of all changes. */
    void add(ChangeFeed feed) {
        synchronized (activation) {
            boolean first = feeds.isEmpty();
            order.lock();
            try {
                feeds.add(feed);
            } finally {
                order.unlock();
            }
            if (first) {
                files.awaitChanges();
            }
        }
    }

    void remove(ChangeFeed feed) {
        order.lock();
        try {
            feeds.remove(feed);
        } finally {
            order.unlock();
        }
    }

    void begin() {
        if (!feeds.isEmpty()) {
            order.lock();
        }
    }

    void end() {
        if (order.isHeldByCurrentThread()) {
            order.unlock();
        }
    }

    /** Null if not all of the subtree is known. */
    @Nullable
    TreeSnapshot snapshot(ChangeFeed feed) {
        order.lock();
        try {
            Dentry root = feed.root().dentry();
            List<TreeSnapshot.Entry> entries = files.directory(root) && !files.unlinked(root)
                    ? feed.below(TreePath.ROOT, root, Integer.MAX_VALUE)
                    : List.of();
            return entries == null ? null : new TreeSnapshot(sequence, List.copyOf(entries));
        } finally {
            order.unlock();
        }
    }

    void created(Dentry child, boolean link) {
        if (feeds.isEmpty()) {
            return;
        }
        order.lock();
        try {
            long number = ++sequence;
            for (ChangeFeed feed : feeds) {
                TreePath path = feed.path(files.parent(child), files.name(child));
                if (path != null) {
                    feed.offer(new Change.Created(number, path, feed.place(child), link));
                }
            }
        } finally {
            order.unlock();
        }
    }

    void removed(Dentry child) {
        if (feeds.isEmpty()) {
            return;
        }
        order.lock();
        try {
            long number = ++sequence;
            for (ChangeFeed feed : feeds) {
                TreePath path = feed.path(child);
                if (path != null) {
                    feed.offer(new Change.Removed(number, path, feed.place(child)));
                }
            }
        } finally {
            order.unlock();
        }
    }

    void moved(Dentry child, Dentry oldDirectory, Name oldName, @Nullable Dentry replaced) {
        if (feeds.isEmpty()) {
            return;
        }
        order.lock();
        try {
            long number = ++sequence;
            for (ChangeFeed feed : feeds) {
                TreePath from = feed.path(oldDirectory, oldName);
                TreePath to = feed.path(files.parent(child), files.name(child));
                VirtualDentry place = feed.place(child);
                VirtualDentry victim = replaced == null ? null : feed.place(replaced);
                if (from != null && to != null) {
                    feed.offer(new Change.Moved(number, from, to, place, victim));
                } else if (from != null) {
                    feed.offer(new Change.MovedOut(number, from, place));
                } else if (to != null) {
                    movedIn(feed, number, to, child, victim);
                } else if (replaced == feed.root().dentry()) {
                    feed.offer(new Change.Removed(number, TreePath.ROOT, feed.root()));
                }
            }
        } finally {
            order.unlock();
        }
    }

    void exchanged(Dentry one, Dentry other) {
        if (feeds.isEmpty()) {
            return;
        }
        order.lock();
        try {
            long number = ++sequence;
            // One that stays and one that goes are two changes for a feed that has but one of the names.
            long second = ++sequence;
            for (ChangeFeed feed : feeds) {
                TreePath ofOne = feed.path(files.parent(one), files.name(one));
                TreePath ofOther = feed.path(files.parent(other), files.name(other));
                if (ofOne != null && ofOther != null) {
                    VirtualDentry place = feed.place(one);
                    feed.offer(new Change.Exchanged(number, ofOne, ofOther, place, feed.place(other)));
                } else if (ofOne != null) {
                    feed.offer(new Change.MovedOut(number, ofOne, feed.place(other)));
                    movedIn(feed, second, ofOne, one, null);
                } else if (ofOther != null) {
                    feed.offer(new Change.MovedOut(number, ofOther, feed.place(one)));
                    movedIn(feed, second, ofOther, other, null);
                }
            }
        } finally {
            order.unlock();
        }
    }

    /** A directory with more in it than the feed keeps, or than is known, is as good as lost. */
    private void movedIn(ChangeFeed feed, long number, TreePath path, Dentry child, @Nullable VirtualDentry replaced) {
        List<TreeSnapshot.Entry> below = files.directory(child) ? feed.below(path, child, feed.capacity()) : List.of();
        if (below == null) {
            feed.lose(number);
        } else {
            feed.offer(new Change.MovedIn(number, path, feed.place(child), replaced, List.copyOf(below)));
        }
    }

    void dataChanged(Dentry dentry, long offset, long length, long size) {
        changed(dentry, (number, path, place) -> new Change.DataChanged(number, path, place, offset, length, size));
    }

    /** The size is told with the data. */
    void attributesChanged(Dentry dentry, int asked) {
        int mask = asked & ATTRIBUTES;
        if (mask == 0) {
            return;
        }
        changed(dentry, (number, path, place) -> new Change.AttributesChanged(number, path, place, mask));
    }

    void xattrChanged(Dentry dentry, Name name) {
        changed(dentry, (number, path, place) -> new Change.XattrChanged(number, path, place, name));
    }

    /** A change of a file, told by one of its names in the subtree: the one that was used, or any other. */
    private void changed(Dentry dentry, Making making) {
        if (feeds.isEmpty()) {
            return;
        }
        order.lock();
        try {
            long number = ++sequence;
            for (ChangeFeed feed : feeds) {
                Dentry name = files.unlinked(dentry) || feed.path(dentry) == null ? nameIn(feed, dentry) : dentry;
                TreePath path = name == null ? null : feed.path(name);
                if (name != null && path != null) {
                    feed.offer(making.of(number, path, feed.place(name)));
                }
            }
        } finally {
            order.unlock();
        }
    }

    private @Nullable Dentry nameIn(ChangeFeed feed, Dentry dentry) {
        @Nullable Dentry[] found = new Dentry[1];
        files.names(dentry, name -> {
            if (found[0] == null && feed.path(name) != null) {
                found[0] = name;
            }
        });
        return found[0];
    }

    /** Makes the change that one feed is told. */
    @FunctionalInterface
    private interface Making {
        Change of(long sequence, TreePath path, VirtualDentry place);
    }
}
