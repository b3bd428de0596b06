package org.caisson.vfs.notify;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.ReadinessListener;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/**
 * All changes of one subtree of a file system, exactly and in order, until it is closed.
 *
 * <p>A mirror is kept so: subscribe, take a {@link #snapshot}, pass over changes whose number is not above the snapshot's, and
 * replay the others. When changes were {@link Change.Lost}, take another snapshot and go on with it.
 *
 * <p>The subtree is that of one directory wherever it is moved; mounts on it are other file systems and not part of it. Safe
 * for any thread.
 */
public final class ChangeFeed implements AutoCloseable {
    /** How many changes a feed may keep at most. */
    public static final int MAX_CAPACITY = 1 << 20;

    private final Notifier notifier;
    private final VirtualDentry root;
    private final int capacity;
    private final WaitQueue listeners = new WaitQueue();

    /** What is not fetched yet; a {@link Change.Lost} at the end may be one more than the capacity. Under the monitor. */
    private final ArrayDeque<Change> queue = new ArrayDeque<>();

    /** Under the monitor. */
    private boolean closed;

    private ChangeFeed(Notifier notifier, VirtualDentry root, int capacity) {
        this.notifier = notifier;
        this.root = root;
        this.capacity = capacity;
    }

    /**
     * Subscribes to what changes from now on.
     *
     * @param root the directory or file whose subtree it is
     * @param capacity how many changes are kept for a subscriber that is late, up to {@link #MAX_CAPACITY}
     */
    public static ChangeFeed subscribe(VirtualDentry root, int capacity) throws ErrnoException {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw Errno.EINVAL.exception();
        }
        Notifier notifier = Notifier.hold(root.mount().fileSystem());
        ChangeFeed feed = new ChangeFeed(notifier, root, capacity);
        notifier.log().add(feed);
        return feed;
    }

    /** The root of the subtree. */
    public VirtualDentry root() {
        return root;
    }

    /** The next change; null if there is none now. */
    public synchronized @Nullable Change poll() {
        return queue.pollFirst();
    }

    /** The next change, waited for; null when the feed is closed. */
    public synchronized @Nullable Change take() throws InterruptedException {
        while (queue.isEmpty() && !closed) {
            wait();
        }
        return queue.pollFirst();
    }

    /**
     * What is in the subtree now. No name changes meanwhile in the file system. Of a host directory, in which others make names too, it
     * is what was looked up.
     *
     * @throws ErrnoException if entries that nobody has looked for yet cannot be read
     */
    public TreeSnapshot snapshot() throws ErrnoException {
        TreeSnapshot taken = notifier.log().snapshot(this);
        while (taken == null) {
            fetch();
            taken = notifier.log().snapshot(this);
        }
        return taken;
    }

    /** Makes all of the subtree known, without a lock in between: what comes in meanwhile may be left. */
    private void fetch() throws ErrnoException {
        ArrayDeque<Dentry> waiting = new ArrayDeque<>();
        waiting.add(root.dentry());
        while (!waiting.isEmpty()) {
            Dentry directory = waiting.remove();
            notifier.fetch(directory);
            notifier.children(directory, child -> {
                if (notifier.directory(child)) {
                    waiting.add(child);
                }
            });
        }
    }

    /**
     * Has a listener told whenever a change is queued, with POLLIN. It is called while the locks of the change are held: it may only note
     * that, or wake somebody.
     */
    public WaitQueue.Registration listen(boolean once, ReadinessListener listener) {
        return listeners.listen(FileDescription.POLLIN, once, listener);
    }

    /** Ends the subscription; what is queued is dropped. A second call does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            queue.clear();
            notifyAll();
        }
        notifier.log().remove(this);
        notifier.letGo();
    }

    // For the log, which holds the order lock.

    /** Queues a change. */
    void offer(Change change) {
        synchronized (this) {
            if (closed) {
                return;
            }
            if (queue.size() < capacity) {
                queue.addLast(change);
                notifyAll();
            } else {
                count(change.sequence());
            }
        }
        announce();
    }

    /** Tells that a change is lost. */
    void lose(long sequence) {
        synchronized (this) {
            if (closed) {
                return;
            }
            count(sequence);
        }
        announce();
    }

    private void count(long sequence) {
        if (queue.peekLast() instanceof Change.Lost lost) {
            queue.removeLast();
            queue.addLast(new Change.Lost(lost.sequence(), sequence, lost.count() + 1));
        } else {
            queue.addLast(new Change.Lost(sequence, sequence, 1));
        }
        notifyAll();
    }

    private void announce() {
        listeners.announce(FileDescription.POLLIN);
    }

    VirtualDentry place(Dentry dentry) {
        return new VirtualDentry(root.mount(), dentry);
    }

    /** The path of an entry of a directory, or null if that is not in the subtree. */
    @Nullable
    TreePath path(@Nullable Dentry directory, Name name) {
        TreePath path = directory == null ? null : path(directory);
        return path == null ? null : path.child(name);
    }

    /** The path of a dentry, or null if it is not in the subtree. */
    @Nullable
    TreePath path(Dentry dentry) {
        int length = 0;
        for (Dentry at = dentry; at != root.dentry(); ) {
            Dentry parent = notifier.parent(at);
            if (parent == null) {
                return null;
            }
            length += notifier.name(at).length() + 1;
            at = parent;
        }
        return length == 0 ? TreePath.ROOT : TreePath.of(joined(dentry, length - 1), length - 1);
    }

    private byte[] joined(Dentry dentry, int length) {
        byte[] path = new byte[length];
        int end = length;
        Dentry at = dentry;
        while (at != null && at != root.dentry()) {
            byte[] name = notifier.name(at).toByteArray();
            end -= name.length;
            System.arraycopy(name, 0, path, end, name.length);
            if (end > 0) {
                path[--end] = '/';
            }
            at = notifier.parent(at);
        }
        return path;
    }

    /** All below a directory, or null if there is more than a limit, or if not all is known. */
    @Nullable
    List<TreeSnapshot.Entry> below(TreePath path, Dentry directory, int limit) {
        List<TreeSnapshot.Entry> found = new ArrayList<>();
        ArrayDeque<TreeSnapshot.Entry> waiting = new ArrayDeque<>();
        waiting.add(new TreeSnapshot.Entry(path, place(directory)));
        while (!waiting.isEmpty()) {
            TreeSnapshot.Entry next = waiting.removeFirst();
            if (!notifier.isFetched(next.place().dentry())) {
                return null;
            }
            notifier.children(next.place().dentry(), child -> {
                TreeSnapshot.Entry entry =
                        new TreeSnapshot.Entry(next.path().child(notifier.name(child)), place(child));
                if (found.size() < limit) {
                    found.add(entry);
                    if (notifier.directory(child)) {
                        waiting.addLast(entry);
                    }
                }
            });
            if (found.size() >= limit) {
                return null;
            }
        }
        return found;
    }

    int capacity() {
        return capacity;
    }
}
