package org.caisson.vfs;

import java.util.concurrent.atomic.AtomicLong;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/**
 * One file system, or a part of one, attached at one place of one namespace.
 *
 * <p>What is volatile is written under the mount lock and read without; all else that changes is under the mount lock.
 */
public final class Mount {
    /** The {@link MountFlags} that a mount can carry. Neither NOATIME nor RELATIME is strictatime. */
    public static final int FLAGS = MountFlags.MS_RDONLY
            | MountFlags.MS_NOSUID
            | MountFlags.MS_NODEV
            | MountFlags.MS_NOEXEC
            | MountFlags.MS_NOSYMFOLLOW
            | Mount.ACCESS_TIMES;

    /** Those of them that say which accesses change the time of access. */
    static final int ACCESS_TIMES = MountFlags.MS_NOATIME | MountFlags.MS_NODIRATIME | MountFlags.MS_RELATIME;

    private static final long USER = 1;
    private static final long WRITER = 1L << 32;
    private static final long USERS = WRITER - 1;
    private static final long READ_ONLY = 1L << 62;
    private static final long WRITERS = READ_ONLY - WRITER;
    private static final long DEAD = Long.MIN_VALUE;

    private final MountTree tree;
    private final FileSystem fileSystem;
    private final VirtualDentry root;
    private final Name source;
    private final boolean ofLink;
    private final int id;
    private final long uniqueId;
    private final int hash;

    /**
     * Users that umount(2) finds busy in the low half, those of them that hold a file open for writing in the high half.
     * {@link #READ_ONLY} is here too, so that it is not set while there are writers. {@link #DEAD} is set when the mount is nowhere
     * any more and has no users: there will be none again.
     */
    private final AtomicLong uses;

    /** All but MS_RDONLY. */
    private volatile int flags;

    /** The bits of {@link #FLAGS} that stay as they are, because another user namespace's owner chose them. */
    int lockedFlags;

    /** What this mount covers; null for the root of a namespace and for what was taken off. */
    private volatile @Nullable VirtualDentry point;

    /** Null for what was taken off. */
    private volatile @Nullable MountNamespace namespace;

    /** The mount on this one's root. */
    private volatile @Nullable Mount overmount;

    /** Not volatile: records publish safely. */
    private @Nullable Crossing crossing;

    private volatile boolean expired;

    /** Whether this mount is in its namespace's list: what is being made is not yet. */
    boolean listed;

    /** Whether it was taken off (MNT_UMOUNT). */
    boolean unmounted;

    /** Whether it may not be taken off what it covers (MNT_LOCKED). */
    boolean locked;

    /** The mounts on this one, in the order in which they came. */
    final MountLink children = new MountLink();

    final MountLink asChild = new MountLink(this);

    /** Among the mounts on the same dentry, whatever their parents. */
    final MountLink atPoint = new MountLink(this);

    /** The ring of the peer group. */
    final MountLink peers = new MountLink(this);

    /** The mounts that get events from this one. */
    final MountLink slaves = new MountLink();

    final MountLink asSlave = new MountLink(this);

    @Nullable
    Mount master;

    /** The peer group's number, 0 if there is none. */
    int group;

    boolean shared;
    boolean unbindable;

    /** Where this mount is in {@link SuperBlock}'s list. */
    int superBlockIndex;

    /**
     * Null for the mounts that show owners as they are. Not volatile: written once, under the mount lock, before the mount is attached, which
     * publishes it.
     */
    private @Nullable IdMapping idMapping;

    /** Who asked last, and what that is through the mapping. Records publish safely. */
    private @Nullable MappedCaller lastCaller;

    private record MappedCaller(Credentials asker, Credentials mapped) {}

    Mount(MountTree tree, FileSystem fileSystem, Dentry root, Name source, int id, long uniqueId, int flags) {
        this.tree = tree;
        this.fileSystem = fileSystem;
        this.root = new VirtualDentry(this, root);
        this.source = source;
        ofLink = root instanceof TreeDentry top && top.inode().isSymlink();
        this.id = id;
        this.uniqueId = uniqueId;
        this.flags = flags & ~MountFlags.MS_RDONLY;
        uses = new AtomicLong((flags & MountFlags.MS_RDONLY) != 0 ? READ_ONLY : 0);
        hash = Long.hashCode(uniqueId * 0x9E3779B97F4A7C15L);
    }

    /** The file system behind. */
    public FileSystem fileSystem() {
        return fileSystem;
    }

    /** The root of what is mounted, which need not be the root of the file system (a bind mount). */
    public VirtualDentry root() {
        return root;
    }

    /** Whether what is mounted is a symbolic link, which walks follow. */
    boolean isOfLink() {
        return ofLink;
    }

    /** What was given as the device or other source. */
    public Name source() {
        return source;
    }

    /** Where this mount is seen; null if it was taken off. */
    public @Nullable MountNamespace namespace() {
        return namespace;
    }

    void setNamespace(@Nullable MountNamespace where) {
        namespace = where;
    }

    /** The mount's id, as in {@code /proc/PID/mountinfo}; used again when the mount is gone. */
    public int id() {
        return id;
    }

    /** The id that no other mount has ever had or will have, as listmount(2) gives it. */
    public long uniqueId() {
        return uniqueId;
    }

    int hash() {
        return hash;
    }

    /** Bits of {@link Mount#FLAGS}. */
    public int flags() {
        return hasReadOnlyFlag() ? flags | MountFlags.MS_RDONLY : flags;
    }

    /** Changes the flags; false, with nothing changed, if MS_RDONLY is set anew while files are open for writing. */
    boolean trySetFlags(int bits) {
        boolean readOnly = (bits & MountFlags.MS_RDONLY) != 0;
        if (!readOnly) {
            uses.getAndUpdate(present -> present & ~READ_ONLY);
        } else if (!trySetReadOnly()) {
            return false;
        }
        flags = bits & ~MountFlags.MS_RDONLY;
        return true;
    }

    /** Changes the flags; who has a file open for writing may write on. */
    void setFlags(int bits) {
        boolean readOnly = (bits & MountFlags.MS_RDONLY) != 0;
        uses.getAndUpdate(present -> readOnly ? present | READ_ONLY : present & ~READ_ONLY);
        flags = bits & ~MountFlags.MS_RDONLY;
    }

    private boolean trySetReadOnly() {
        while (true) {
            long present = uses.get();
            if ((present & READ_ONLY) != 0) {
                return true;
            }
            if ((present & WRITERS) != 0) {
                return false;
            }
            if (uses.compareAndSet(present, present | READ_ONLY)) {
                return true;
            }
        }
    }

    private boolean hasReadOnlyFlag() {
        return (uses.get() & READ_ONLY) != 0;
    }

    /** Whether nothing may be changed through this mount. */
    public boolean isReadOnly() {
        return hasReadOnlyFlag() || fileSystem.superBlock().isReadOnly();
    }

    /** Whether device nodes cannot be opened. */
    public boolean isNoDevices() {
        return (flags & MountFlags.MS_NODEV) != 0;
    }

    /** Whether nothing can be executed. */
    public boolean isNoExec() {
        return (flags & MountFlags.MS_NOEXEC) != 0;
    }

    /** Whether symbolic links are not followed. */
    public boolean isNoSymlinkFollow() {
        return (flags & MountFlags.MS_NOSYMFOLLOW) != 0;
    }

    /** statfs(2) of a place on this mount. */
    void statistics(Dentry dentry, FileSystemStatistics out) throws ErrnoException {
        fileSystem.statFileSystem(dentry, out);
        out.flags |= MountWords.statisticsFlags(flags(), fileSystem.superBlock().flags());
    }

    /** How owners are shown; null if as they are. */
    public @Nullable IdMapping idMapping() {
        return idMapping;
    }

    void setIdMapping(@Nullable IdMapping wanted) {
        idMapping = wanted;
    }

    /** What a caller's credentials are through this mount; what is that already stays. */
    Credentials through(Credentials asker) {
        IdMapping mapping = idMapping;
        return mapping == null || asker.mapping() == mapping ? asker : mapped(asker, mapping);
    }

    private Credentials mapped(Credentials asker, IdMapping mapping) {
        MappedCaller last = lastCaller;
        if (last == null || last.asker != asker || last.mapped.mapping() != mapping) {
            last = new MappedCaller(asker, asker.through(mapping));
            lastCaller = last;
        }
        return last.mapped;
    }

    // Users.

    /**
     * Makes umount(2) find this mount busy until {@link #release}: for open files and working directories. The caller knows
     * that the mount is in use or in a namespace; else use {@link #tryAcquire}.
     */
    public void acquire() {
        if (!tryAcquire()) {
            throw new IllegalStateException("the mount is gone");
        }
    }

    /**
     * The same; false if the mount is gone. One that is being taken off at this moment may be had as well, and then stays out of sight
     * until it is released: a walk that is to end at what is mounted counts itself first, and then asks whether mounts changed.
     */
    public boolean tryAcquire() {
        return take(USER);
    }

    /** Undoes one {@link #acquire}. */
    public void release() {
        drop(USER);
    }

    /** Acquires for a file that is open for writing, if {@code writing}, or for another one. */
    boolean tryAcquire(boolean writing) {
        return take(writing ? USER | WRITER : USER);
    }

    void release(boolean writing) {
        drop(writing ? USER | WRITER : USER);
    }

    private boolean take(long amount) {
        if (uses.getAndAdd(amount) < 0) {
            uses.getAndAdd(-amount);
            return false;
        }
        touch();
        return true;
    }

    private void drop(long amount) {
        touch();
        if ((uses.addAndGet(-amount) & USERS) == 0 && isLoose()) {
            tree.dispose(this);
        }
    }

    int users() {
        return (int) (uses.get() & USERS);
    }

    boolean hasWriters() {
        return (uses.get() & WRITERS) != 0;
    }

    /** Whether nothing holds this mount but its users. */
    private boolean isLoose() {
        return namespace == null && point == null;
    }

    /** Ends a mount that nothing holds; false if it has users, the last of which will end it. */
    boolean tryEnd() {
        return isLoose() && (uses.compareAndSet(0, DEAD) || uses.compareAndSet(READ_ONLY, READ_ONLY | DEAD));
    }

    // Expiry.

    /** Marks an unused mount; true if it was marked before and not used since. */
    boolean markExpired() {
        boolean before = expired;
        expired = true;
        return before;
    }

    /** Notes a use, so that a mark is forgotten. */
    void touch() {
        if (expired) {
            expired = false;
        }
    }

    // Walks onto it.

    /**
     * A mount to which a walk crossed from this one.
     *
     * @param seen the number of the {@link MountSequence} then
     */
    private record Crossing(Dentry point, Mount top, int seen) {}

    /** The mount on a dentry of this one, if that is where the last walk crossed, and no mounts changed since; else null. */
    @Nullable
    Mount crossed(Dentry dentry, int seen) {
        Crossing last = crossing;
        return last != null && last.point == dentry && last.seen == seen ? last.top : null;
    }

    /** Notes a crossing. A race only costs another search. */
    void cross(Dentry dentry, Mount top, int seen) {
        crossing = new Crossing(dentry, top, seen);
    }

    void forgetCrossing() {
        crossing = null;
    }

    // Where it is.

    /** What this mount covers; null for the root of a namespace and for what was taken off. */
    public @Nullable VirtualDentry point() {
        return point;
    }

    void setPoint(@Nullable VirtualDentry covered) {
        point = covered;
    }

    /** The mount on which this one is. */
    @Nullable
    Mount parent() {
        VirtualDentry covered = point;
        return covered == null ? null : covered.mount();
    }

    /** Whether this mount covers a place. */
    boolean covers(Mount parent, Dentry dentry) {
        VirtualDentry covered = point;
        return covered != null && covered.mount() == parent && covered.dentry() == dentry;
    }

    @Nullable
    Mount overmount() {
        return overmount;
    }

    void setOvermount(@Nullable Mount mount) {
        overmount = mount;
    }

    /** The topmost of the mounts that stand on this one's root, on that one's root, and so on; this one if there is none. */
    Mount topOfStack() {
        Mount top = this;
        Mount above = overmount;
        while (above != null) {
            top = above;
            above = above.overmount;
        }
        return top;
    }

    /** Whether a place is this mount's root. */
    boolean isRoot(Dentry dentry) {
        return root.dentry() == dentry;
    }

    /** Whether this mount is the root of a tree that is attached nowhere. */
    boolean isDetachedRoot() {
        MountNamespace here = namespace;
        return here != null && here.isAnonymous() && here.rootMount() == this;
    }

    /** Whether this mount gets events from a master. */
    boolean isSlave() {
        return master != null;
    }

    /** Whether both are in one peer group. */
    boolean isPeerOf(Mount other) {
        return group == other.group && group != 0;
    }
}
