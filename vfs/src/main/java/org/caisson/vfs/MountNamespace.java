package org.caisson.vfs;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/**
 * A tree of mounts, beginning at one file system's root. It ends, and its mounts with it, when it is released as often as it
 * was acquired; who made it has acquired it once.
 *
 * <p>All but what is volatile is under the mount lock.
 */
public final class MountNamespace {
    /** Owns the namespaces that are given no owner. */
    private static final Object NOBODY = new Object();

    private final MountTree tree;
    private final long id;
    private final Object owner;

    /** 0, or of a tree that is attached nowhere the id of the namespace that it was copied in. */
    private final long origin;

    private final boolean anonymous;
    private final AtomicInteger references = new AtomicInteger(1);

    private volatile @Nullable Mount rootMount;

    private final AtomicLong changes = new AtomicLong();

    /** By their unique ids. */
    private final TreeMap<Long, Mount> mounts = new TreeMap<>();

    /** How many mounts count against the limit, and how many more an operation is about to add. */
    private int count;

    private int pending;

    private MountNamespace(MountTree tree, long id, @Nullable Object owner, boolean anonymous, long origin) {
        this.tree = tree;
        this.id = id;
        this.owner = owner == null ? NOBODY : owner;
        this.anonymous = anonymous;
        this.origin = origin;
    }

    static MountNamespace make(MountTree tree, long id, @Nullable Object owner) {
        return new MountNamespace(tree, id, owner, false, 0);
    }

    static MountNamespace makeAnonymous(MountTree tree, Object owner, long origin) {
        return new MountNamespace(tree, 0, owner, true, origin);
    }

    /** The mount that the tree begins with. */
    public Mount rootMount() {
        Mount mount = rootMount;
        if (mount == null) {
            throw new IllegalStateException("the namespace is being made");
        }
        return mount;
    }

    void setRootMount(Mount mount) {
        rootMount = mount;
    }

    /** The root directory. */
    public VirtualDentry root() {
        return rootMount().root();
    }

    /** The id that no other namespace has ever had or will have; 0 for a tree that is attached nowhere. */
    public long id() {
        return id;
    }

    /** Who owns it: it stands for a user namespace. Mounts that come from another owner's namespace are locked. */
    public Object owner() {
        return owner;
    }

    long origin() {
        return origin;
    }

    boolean isAnonymous() {
        return anonymous;
    }

    /** Grows whenever a mount comes, goes or changes here: what poll(2) of {@code /proc/PID/mounts} waits for. */
    public long changes() {
        return changes.get();
    }

    /** Keeps the namespace from ending: for a task in it. */
    public void acquire() {
        if (references.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            throw new IllegalStateException("the namespace has ended");
        }
    }

    /** Undoes one {@link #acquire}; after the last one the mounts are taken off. */
    public void release() {
        if (references.decrementAndGet() == 0) {
            tree.end(this);
        }
    }

    // Under the mount lock.

    void noteChange() {
        changes.getAndIncrement();
    }

    Iterable<Mount> mounts() {
        return mounts.values();
    }

    /** The mounts whose unique id is greater than one, in order. */
    Iterable<Mount> mountsAfter(long uniqueId) {
        return mounts.tailMap(uniqueId, false).values();
    }

    /** The mounts whose unique id is smaller than one, the greatest first. */
    Iterable<Mount> mountsBefore(long uniqueId) {
        return mounts.headMap(uniqueId, false).descendingMap().values();
    }

    @Nullable
    Mount mount(long uniqueId) {
        return mounts.get(uniqueId);
    }

    boolean isEmpty() {
        return mounts.isEmpty();
    }

    /** The second mount by id that is on the root mount: what others see of a namespace begins there. */
    @Nullable
    Mount firstOnRoot() {
        Mount first = rootMount();
        for (Map.Entry<Long, Mount> entry :
                mounts.tailMap(first.uniqueId(), false).entrySet()) {
            if (entry.getValue().parent() == first) {
                return entry.getValue();
            }
        }
        return null;
    }

    void list(Mount mount) {
        mount.setNamespace(this);
        mount.listed = true;
        mount.fileSystem().superBlock().show();
        mounts.put(mount.uniqueId(), mount);
    }

    /** Takes a mount out of the list; it stays counted until {@link #discount}. */
    void unlist(Mount mount) {
        mount.listed = false;
        mounts.remove(mount.uniqueId());
    }

    void discount() {
        count--;
    }

    /** Counts a mount of a tree that is made anew. */
    void countOne() {
        count++;
    }

    /** Makes room for mounts that are about to be added; ENOSPC beyond the limit. */
    void reserve(int mountsToCome, int limit) throws ErrnoException {
        long room = (long) limit - count - pending;
        if (room <= 0 || mountsToCome > room) {
            throw Errno.ENOSPC.exception();
        }
        pending += mountsToCome;
    }

    void dropReserved() {
        pending = 0;
    }

    void takeReserved() {
        count += pending;
        pending = 0;
    }
}
