package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.AccessTimes;
import org.caisson.vfs.Acl;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.ChangeGate;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemChange;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Mount;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeDirectoryDescription;
import org.caisson.vfs.TreeFileSystem;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/** A file system in memory, as the kernel's tmpfs: what it does, refuses and counts is the same. */
public final class MemFileSystem extends TreeFileSystem {
    static final String TYPE = "tmpfs";

    /** What removes a name says if it stands for something else by now. */
    static final int LOOK_AGAIN = AGAIN;

    /** TMPFS_MAGIC of {@code linux/magic.h}. */
    private static final long MAGIC = 0x01021994;

    private final SharedPages pages;
    private final Space space;
    private final MemSettings settings;
    private final Orphans orphans;
    private final ChangeGate gate = new ChangeGate();
    private final AtomicLong inodes = new AtomicLong();
    private final TreeDentry root;

    private final boolean unchangeable;

    /** Of a clone, where it looks for what it has not got yet. */
    private final @Nullable Origin origin;

    /** By what it gets that. */
    private final @Nullable CloneEntries fromOrigin;

    private final MemCreation creation;
    private final MemRemoval removal;

    @SuppressWarnings("this-escape") // they only keep it
    private final Snapshots snapshots = new Snapshots(this);

    /** An empty file system whose data is in pages of a store, which it does not own. */
    @SuppressWarnings("this-escape") // they only keep it
    public MemFileSystem(MemOptions options, PageStore store) {
        this(options, store, 0, "");
    }

    /**
     * The same as it is mounted by name.
     *
     * @param usual a limit of pages and of inodes that goes without saying
     * @param shown more options for mountinfo
     */
    @SuppressWarnings("this-escape") // they only keep it
    MemFileSystem(MemOptions options, PageStore store, long usual, String shown) {
        pages = new SharedPages(store);
        space = new Space(options.pages(), options.inodes(), Quotas.of(options.quotas()));
        settings = new MemSettings(space, options, usual, shown);
        orphans = new Orphans(space);
        creation = new MemCreation(this);
        removal = new MemRemoval(this);
        origin = null;
        fromOrigin = null;
        unchangeable = false;
        space.takeInode(Owner.ROOT, Credentials.root());
        Inode directory = new MemDirectory(this, options.mode(), options.uid(), options.gid());
        root = new MemDentry(null, Name.EMPTY, directory);
        addRoot(root);
    }

    /** A clone of a snapshot, of which this is a user from now on. */
    @SuppressWarnings("this-escape") // they only keep it
    MemFileSystem(Snapshot snapshot, long maxPages, long maxInodes, boolean readOnly) {
        MemFileSystem original = snapshot.fileSystem();
        pages = original.pages;
        space = new Space(maxPages, maxInodes, snapshot.usage());
        settings = original.settings.with(space);
        orphans = new Orphans(space);
        creation = new MemCreation(this);
        removal = new MemRemoval(this);
        inodes.set(snapshot.usage().lastInode());
        Origin from = new Origin(this, snapshot);
        origin = from;
        fromOrigin = new CloneEntries(this, from);
        root = CloneEntries.dentryOf(from, null, Name.EMPTY, original.root);
        addRoot(root);
        unchangeable = readOnly;
        if (readOnly) {
            beginReadOnly();
        }
    }

    /**
     * The state of now, to be shown or cloned later. Takes the same time however large the tree is: waits until the changes that are under
     * way are done, and keeps others out meanwhile. Not to be called by who is told of a change.
     *
     * @throws IllegalStateException if the file system was released
     */
    public Snapshot snapshot() {
        return gate.whileClosed(() -> snapshots.add(orphans.usageOfOthers(inodes.get())));
    }

    /**
     * Lets go of the tree, and gives back its pages, when no snapshot needs them any more. The end of the last mount does so too: this is
     * for what was never mounted. EBUSY if there is a mount.
     */
    public void close() throws ErrnoException {
        if (isMounted()) {
            throw Errno.EBUSY.exception();
        }
        release();
    }

    @Override
    protected void release() {
        snapshots.release();
    }

    /** Frees all data: neither mounts nor snapshots are left. */
    void destroy() {
        Deque<TreeDentry> waiting = new ArrayDeque<>();
        waiting.add(root);
        while (!waiting.isEmpty()) {
            TreeDentry next = waiting.remove();
            next.forEachChild(waiting::add);
            inode(next).destroy();
        }
        if (origin != null) {
            origin.release();
        }
    }

    /** The snapshot that this began as; null if it began empty. */
    @Nullable
    Snapshot beginning() {
        return origin == null ? null : origin.snapshot();
    }

    /** Whether this shows a snapshot as it is. */
    boolean isUnchangeable() {
        return unchangeable;
    }

    @Override
    public boolean isKnownSame(Dentry file, FileSystem other, Dentry others) {
        return super.isKnownSame(file, other, others)
                || (other instanceof MemFileSystem memory
                        && SharedOrigin.areSame(this, (TreeDentry) file, memory, (TreeDentry) others));
    }

    @Override
    public boolean isDataKnownSame(Dentry file, FileSystem other, Dentry others) {
        return isKnownSame(file, other, others)
                || (other instanceof MemFileSystem memory
                        && SharedOrigin.haveSameData(this, (TreeDentry) file, memory, (TreeDentry) others));
    }

    /** Changes the limits, as a remount does. EINVAL if there was no limit before, or if more is in use. */
    public void limit(long size, long maxInodes) throws ErrnoException {
        settings.limit(size, maxInodes);
    }

    @Override
    protected String options() {
        return settings.shown();
    }

    @Override
    protected FileSystemChange change(FileSystemLog log) {
        return settings.change(log);
    }

    @Override
    protected boolean allowsIdMapping() {
        return true;
    }

    @Override
    protected boolean hasOrphans() {
        return !orphans.isEmpty();
    }

    SharedPages sharedPages() {
        return pages;
    }

    Space space() {
        return space;
    }

    Orphans orphans() {
        return orphans;
    }

    Snapshots snapshots() {
        return snapshots;
    }

    /** What changes files passes this first. */
    ChangeGate gate() {
        return gate;
    }

    long maxPages() {
        return space.maxPages();
    }

    long maxInodes() {
        return space.maxInodes();
    }

    long nextInode() {
        return inodes.incrementAndGet();
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    protected boolean isAlwaysComplete() {
        return origin == null;
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
        out.type = MAGIC;
        out.blockSize = PageStore.PAGE_SIZE;
        out.fragmentSize = PageStore.PAGE_SIZE;
        out.blocks = space.maxPages();
        out.blocksFree = out.blocks == 0 ? 0 : out.blocks - space.pages();
        out.blocksAvailable = out.blocksFree;
        out.files = space.maxInodes();
        out.filesFree = out.files == 0 ? 0 : space.freeInodes();
        out.id = device();
        out.nameLength = Name.MAX;
        out.flags = 0;
    }

    static MemInode inode(TreeDentry dentry) {
        return (MemInode) dentry.inode();
    }

    static MemDirectory directory(TreeDentry dentry) {
        return (MemDirectory) dentry.inode();
    }

    // What a clone has not got yet.

    @Override
    protected boolean mayHoldMore(TreeDentry directory) {
        return origin != null && inode(directory) instanceof MemDirectory inode && inode.origin() != null;
    }

    @Override
    protected boolean hasFetchedEntries(Dentry directory) {
        return !mayHoldMore((TreeDentry) directory);
    }

    @Override
    protected void fetchEntries(Dentry directory) {
        if (fromOrigin != null) {
            fromOrigin.fetch((TreeDentry) directory);
        }
    }

    @Override
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name) {
        synchronized (directory) {
            return present(directory, name);
        }
    }

    @Override
    protected @Nullable UnlistedEntry unlistedFrom(TreeDentry directory, int cookie) {
        return CloneEntries.unlisted(directory, cookie);
    }

    /** What has a name now. Under the monitor of the directory. */
    @Nullable
    TreeDentry present(TreeDentry directory, Name name) {
        TreeDentry child = directory.child(name);
        return child != null || fromOrigin == null ? child : fromOrigin.populate(directory, name);
    }

    /** Must be called before a name comes to stand for something else, under the monitor of the directory. */
    static void beforeChange(TreeDentry directory, Name name) {
        directory(directory).beforeChange(directory, name);
    }

    /** Whether a directory has entries, also such as are not in its table. */
    static boolean hasEntries(TreeDentry directory) {
        return directory(directory).entries() != 0;
    }

    // For open pipes, which are no descriptions of ours.

    void statOpened(Inode inode, Stat out) {
        stat(inode, out);
    }

    void touchOpened(FileDescription description, MemInode inode) {
        touch(description.place().mount(), description.flags(), inode);
    }

    void changePipe(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
        changeOpened(opened, caller, change);
    }

    void changedData(MemFile file, long offset, long length, long size) {
        tellDataChanged(file, offset, length, size);
    }

    @Override
    protected void touch(Mount mount, int flags, Inode inode) {
        ((MemInode) inode).touch(AccessTimes.of(mount, flags, inode));
    }

    @Override
    protected boolean keepsXattrs() {
        return true;
    }

    @Override
    protected byte @Nullable [] xattr(Inode inode, Name name) {
        return ((MemInode) inode).xattr(name);
    }

    @Override
    protected void forEachXattr(Inode inode, Consumer<Name> visitor) {
        ((MemInode) inode).forEachXattr(visitor);
    }

    @Override
    protected int setXattr(Inode inode, Name name, byte @Nullable [] value, int flags) {
        int passed = gate.enter();
        try {
            return ((MemInode) inode).setXattr(name, value, flags);
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int setAccessAcl(Credentials credentials, Inode inode, @Nullable Acl acl) {
        int passed = gate.enter();
        try {
            int mode = AttributeChange.modeOf(credentials, inode, acl);
            ((MemInode) inode).setAccessAcl(acl == null || acl.isMode() ? null : acl, mode);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int setDefaultAcl(Inode directory, @Nullable Acl acl) {
        int passed = gate.enter();
        try {
            ((MemInode) directory).setDefaultAcl(acl);
            return DONE;
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int knownFileFlags() {
        return FileFlags.FS_IMMUTABLE_FL | FileFlags.FS_APPEND_FL | FileFlags.FS_NODUMP_FL | FileFlags.FS_NOATIME_FL;
    }

    @Override
    protected void setFileFlags(FileDescription opened, int flags) {
        int passed = gate.enter();
        try {
            inode((TreeDentry) opened.place().dentry()).setFileFlags(flags);
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected byte[] linkTarget(Credentials credentials, Inode link) throws ErrnoException {
        if (link instanceof MemLink symlink) {
            return symlink.target();
        }
        throw Errno.EINVAL.exception();
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        TreeDentry dentry = (TreeDentry) place.dentry();
        MemInode inode = inode(dentry);
        if (inode instanceof MemSpecial) {
            throw Errno.ENXIO.exception();
        }
        if (!inode.acquire(dentry)) {
            throw Errno.ESTALE.exception();
        }
        if (inode instanceof MemFile file) {
            if ((flags & OpenFlags.O_TRUNC) != 0) {
                MemChanges.truncateOpened(file, dentry, credentials);
            }
            return new MemFileDescription(this, file, place, credentials, flags);
        }
        return new TreeDirectoryDescription(this, place, credentials, flags);
    }

    @Override
    protected FileDescription openFifo(
            VirtualDentry place, Credentials credentials, int flags, @Nullable Interruption interruption)
            throws ErrnoException {
        TreeDentry dentry = (TreeDentry) place.dentry();
        MemPipe inode = (MemPipe) inode(dentry);
        if (!inode.acquire(dentry)) {
            throw Errno.ESTALE.exception();
        }
        boolean opened = false;
        try {
            FileDescription description =
                    inode.pipe().open(place, credentials, flags, inode.openedBy(dentry), interruption);
            opened = true;
            return description;
        } finally {
            if (!opened) {
                inode.release(dentry);
            }
        }
    }

    @Override
    protected int changeAttributes(Credentials credentials, Inode inode, SetStat wanted) throws ErrnoException {
        int passed = gate.enter();
        try {
            return MemChanges.attributes(credentials, inode, wanted);
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int createFile(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        return creation.file(path, directory, options);
    }

    @Override
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        return creation.temporary(path, directory, options);
    }

    @Override
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) {
        return creation.node(path, directory, StatMode.S_IFDIR | (mode & (0777 | StatMode.S_ISVTX)), 0);
    }

    @Override
    protected int makeNode(ResolvingPath path, TreeDentry directory, int mode, long device) {
        return creation.node(path, directory, mode & (StatMode.S_IFMT | 07777), device);
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) {
        return creation.symlink(path, directory, target);
    }

    @Override
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) {
        return creation.link(path, directory, existing);
    }

    @Override
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        return removal.file(path, directory, victim);
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        return removal.directory(directory, victim);
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags) {
        int passed = gate.enter();
        try {
            return new MemRename(this, creation, removal, source, target).rename(path, from, flags);
        } finally {
            gate.leave(passed);
        }
    }

    // For who changes names: the doors to what is protected.

    static boolean isNamed(ResolvingPath path, TreeDentry directory, TreeDentry entry) {
        return names(path, directory, entry);
    }

    TreeDentry attachDentry(TreeDentry directory, TreeDentry child) {
        return attach(directory, child);
    }

    void attachDentry(TreeDentry directory, TreeDentry child, int cookie) {
        attach(directory, child, cookie);
    }

    boolean detachDentry(TreeDentry directory, TreeDentry child) {
        return detach(directory, child);
    }

    void noteNameless(TreeDentry dentry) {
        addNameless(dentry);
    }

    boolean moveDentry(TreeDentry source, TreeDentry directory, Name name) {
        return move(source, directory, name);
    }

    boolean replaceDentry(TreeDentry source, TreeDentry target) {
        return replace(source, target);
    }

    boolean exchangeDentries(TreeDentry source, TreeDentry target) {
        return exchange(source, target);
    }

    @Nullable
    FileSystemObserver begin() {
        return beginNames();
    }

    void end(@Nullable FileSystemObserver observer) {
        endNames(observer);
    }
}
