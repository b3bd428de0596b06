package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
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
import org.caisson.vfs.FileSystemParameter;
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

    /** TMPFS_MAGIC of {@code linux/magic.h}. */
    private static final long MAGIC = 0x01021994;

    private final SharedPages pages;
    private final Space space;
    private final MemOptions made;
    private final long usual;
    private final String shown;
    private final Orphans orphans;
    private final ChangeGate gate = new ChangeGate();
    private final AtomicLong inodes = new AtomicLong();
    private final TreeDentry root;

    private final boolean unchangeable;

    /** Of a clone, where it looks for what it has not got yet. */
    private final @Nullable Origin origin;

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
        this.usual = usual;
        this.shown = shown;
        made = options;
        pages = new SharedPages(store);
        space = new Space(options.pages(), options.inodes());
        orphans = new Orphans(space);
        origin = null;
        unchangeable = false;
        space.takeInode();
        Inode directory = new MemDirectory(this, options.mode(), options.uid(), options.gid());
        root = new MemDentry(null, Name.EMPTY, directory);
        addRoot(root);
    }

    /** A clone of a snapshot, of which this is a user from now on. */
    @SuppressWarnings("this-escape") // they only keep it
    MemFileSystem(Snapshot snapshot, long maxPages, long maxInodes, boolean readOnly) {
        MemFileSystem original = snapshot.fileSystem();
        made = original.made;
        usual = original.usual;
        shown = original.shown;
        pages = original.pages;
        space = new Space(maxPages, maxInodes, snapshot.usage());
        orphans = new Orphans(space);
        inodes.set(snapshot.usage().lastInode());
        Origin from = new Origin(this, snapshot);
        origin = from;
        root = dentryOf(from, null, Name.EMPTY, original.root);
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

    /** A dentry of this file system. */
    private static class MemDentry extends TreeDentry {
        MemDentry(@Nullable TreeDentry parent, Name name, Inode inode) {
            super(parent, name, inode);
        }
    }

    /** A dentry of a clone, of what is in the snapshot. */
    private static final class ClonedDentry extends MemDentry {
        private final TreeDentry original;

        ClonedDentry(@Nullable TreeDentry parent, Name name, Inode inode, TreeDentry original) {
            super(parent, name, inode);
            this.original = original;
        }
    }

    /** What a clone's file was made of; null for what was made there. */
    static @Nullable TreeDentry originalOf(TreeDentry file) {
        return file instanceof ClonedDentry cloned ? cloned.original : null;
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
        if (!space.limitPages(MemOptions.DEFAULT.withSize(size).pages()) || !space.limitInodes(maxInodes)) {
            throw Errno.EINVAL.exception();
        }
    }

    /** As {@code shmem_show_options} of the kernel, which leaves out what goes without saying. */
    @Override
    protected String options() {
        StringBuilder text = new StringBuilder();
        if (space.maxPages() != usual) {
            text.append(",size=")
                    .append(space.maxPages() * (PageStore.PAGE_SIZE / 1024))
                    .append('k');
        }
        if (space.maxInodes() != usual) {
            text.append(",nr_inodes=").append(space.maxInodes());
        }
        if (made.mode() != MemOptions.DEFAULT.mode()) {
            text.append(String.format(Locale.ROOT, ",mode=%03o", made.mode()));
        }
        if (made.uid() != 0) {
            text.append(",uid=").append(Integer.toUnsignedString(made.uid()));
        }
        if (made.gid() != 0) {
            text.append(",gid=").append(Integer.toUnsignedString(made.gid()));
        }
        return text.append(shown).toString();
    }

    @Override
    protected boolean allowsIdMapping() {
        return true;
    }

    @Override
    protected boolean hasOrphans() {
        return !orphans.isEmpty();
    }

    @Override
    protected FileSystemChange change(FileSystemLog log) {
        MemMountOptions wanted = new MemMountOptions(log);
        return new FileSystemChange() {
            @Override
            public boolean take(FileSystemParameter option) throws ErrnoException {
                return wanted.take(option);
            }

            @Override
            public void apply() throws ErrnoException {
                String refusal = space.limit(wanted.pages(), wanted.inodes());
                if (refusal != null) {
                    log.error(TYPE + ": " + refusal);
                    throw Errno.EINVAL.exception();
                }
            }
        };
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
        TreeDentry fetching = (TreeDentry) directory;
        synchronized (fetching) {
            UnlistedEntry next = unlistedFrom(fetching, 0);
            while (next != null) {
                populate(fetching, next.name());
                next = next.cookie() == Integer.MAX_VALUE ? null : unlistedFrom(fetching, next.cookie() + 1);
            }
        }
    }

    @Override
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name) {
        synchronized (directory) {
            TreeDentry present = directory.child(name);
            return present != null ? present : populate(directory, name);
        }
    }

    /** Gets the entry of a name that is not in the table; null if there is none. Under the monitor of the directory. */
    private @Nullable TreeDentry populate(TreeDentry directory, Name name) {
        Origin source = origin;
        DirectoryOrigin past = directory(directory).origin();
        PastEntry found = source == null || past == null ? null : past.find(name);
        if (source == null || past == null || found == null) {
            return null;
        }
        TreeDentry made = dentryOf(source, directory, name, found.dentry());
        attach(directory, made, found.cookie());
        directory(directory).populated(past, found);
        return made;
    }

    private static TreeDentry dentryOf(Origin source, @Nullable TreeDentry parent, Name name, TreeDentry original) {
        MemInode inode = source.inodeOf(original);
        TreeDentry made = new ClonedDentry(parent, name, inode, original);
        if (inode instanceof MemDirectory directory && directory.origin() != null) {
            made.beginCookies(source.past(original).nextCookie());
        }
        return made;
    }

    @Override
    protected @Nullable UnlistedEntry unlistedFrom(TreeDentry directory, int cookie) {
        DirectoryOrigin past = directory(directory).origin();
        PastEntry found = past == null ? null : past.from(directory, cookie);
        return found == null
                ? null
                : new UnlistedEntry(
                        found.name(), found.inode().number(), found.inode().mode(), found.cookie());
    }

    /** What has a name now. Under the monitor of the directory. */
    @Nullable
    TreeDentry present(TreeDentry directory, Name name) {
        TreeDentry child = directory.child(name);
        return child != null || origin == null ? child : populate(directory, name);
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
                truncateOpened(file, dentry, credentials);
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

    /** Both times change, even if there was no data. */
    private void truncateOpened(MemFile file, TreeDentry by, Credentials credentials) throws ErrnoException {
        boolean done = false;
        int passed = gate.enter();
        try {
            AttributeChange change = new AttributeChange();
            change.prepareWrite(credentials, file);
            file.resize(0);
            change.mask |= SetStat.MODIFY_TIME;
            change.modifyNow = true;
            change.changesTime = true;
            file.apply(change, Instant.now());
            done = true;
        } finally {
            gate.leave(passed);
            if (!done) {
                file.release(by);
            }
        }
    }

    @Override
    protected int changeAttributes(Credentials credentials, Inode inode, SetStat wanted) throws ErrnoException {
        int passed = gate.enter();
        try {
            return change(credentials, inode, wanted);
        } finally {
            gate.leave(passed);
        }
    }

    private static int change(Credentials credentials, Inode inode, SetStat wanted) throws ErrnoException {
        MemInode file = (MemInode) inode;
        AttributeChange change = new AttributeChange();
        int outcome = change.prepare(credentials, file, wanted);
        if (outcome != DONE) {
            return outcome;
        }
        if (change.has(SetStat.SIZE)) {
            if (!file.acquire()) {
                // It was removed meanwhile: nobody will see what becomes of it.
                return DONE;
            }
            try {
                if (((MemFile) file).resize(change.size)) {
                    change.mask |= SetStat.MODIFY_TIME;
                    change.modifyNow = true;
                    change.changesTime = true;
                }
                file.apply(change, Instant.now());
            } finally {
                file.release();
            }
            return DONE;
        }
        file.apply(change, Instant.now());
        return DONE;
    }

    // Making.

    @Override
    protected int createFile(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        int mode = StatMode.S_IFREG | (options.mode() & 07777);
        MemFile file;
        TreeDentry made;
        int passed = gate.enter();
        try {
            synchronized (directory) {
                int outcome = mayEnter(path, directory, 0);
                if (outcome != DONE) {
                    return outcome;
                }
                file = (MemFile) newInode(path.credentials(), directory.inode(), mode, 0);
                file.acquire();
                made = enter(path, directory, file);
            }
        } finally {
            gate.leave(passed);
        }
        VirtualDentry place = new VirtualDentry(path.mount(), made);
        path.opened(
                new MemFileDescription(this, file, place, path.credentials(), options.flags() & ~OpenFlags.O_TRUNC));
        return DONE;
    }

    @Override
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        int passed = gate.enter();
        try {
            return makeTemporary(path, directory, options);
        } finally {
            gate.leave(passed);
        }
    }

    private int makeTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        if (!space.takeInode()) {
            return -Errno.ENOSPC.number();
        }
        Credentials caller = path.credentials();
        Inode parent = directory.inode();
        int mode = AttributeChange.newMode(caller, parent, StatMode.S_IFREG | (options.mode() & 07777)) & 07777;
        boolean linkable = (options.flags() & OpenFlags.O_EXCL) == 0;
        int group = AttributeChange.newGroup(caller, parent);
        MemFile file = linkable
                ? new MemFile.Linkable(this, mode, caller.uid(), group)
                : new MemFile(this, mode, caller.uid(), group, 0);
        file.inherit(parent);
        file.acquire();
        orphans.add(file);
        TreeDentry nameless = new MemDentry(directory, Name.of("#" + file.number()), file);
        addNameless(nameless);
        VirtualDentry place = new VirtualDentry(path.mount(), nameless);
        path.opened(new MemFileDescription(this, file, place, caller, options.flags()));
        return DONE;
    }

    @Override
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) throws ErrnoException {
        return make(path, directory, StatMode.S_IFDIR | (mode & (0777 | StatMode.S_ISVTX)), 0);
    }

    @Override
    protected int makeNode(ResolvingPath path, TreeDentry directory, int mode, long device) throws ErrnoException {
        return make(path, directory, mode & (StatMode.S_IFMT | 07777), device);
    }

    private int make(ResolvingPath path, TreeDentry directory, int mode, long device) {
        int passed = gate.enter();
        try {
            synchronized (directory) {
                int outcome = mayEnter(path, directory, 0);
                if (outcome == DONE) {
                    enter(path, directory, newInode(path.credentials(), directory.inode(), mode, device));
                }
                return outcome;
            }
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) {
        byte[] bytes = target.toArray(ValueLayout.JAVA_BYTE);
        Credentials caller = path.credentials();
        int passed = gate.enter();
        try {
            synchronized (directory) {
                int outcome = mayEnter(path, directory, MemLink.pages(bytes.length));
                if (outcome == DONE) {
                    int group = AttributeChange.newGroup(caller, directory.inode());
                    MemLink link = new MemLink(this, caller.uid(), group, bytes);
                    link.inherit(directory.inode());
                    enter(path, directory, link);
                }
                return outcome;
            }
        } finally {
            gate.leave(passed);
        }
    }

    /** Whether the last component may become a name, and takes what an inode and its pages need if so. */
    private int mayEnter(ResolvingPath path, TreeDentry directory, int pages) {
        if (directory.isSealed()) {
            return -Errno.ENOENT.number();
        }
        if (present(directory, path.component()) != null) {
            return -Errno.EEXIST.number();
        }
        if (!space.takeInode()) {
            return -Errno.ENOSPC.number();
        }
        if (pages != 0 && !space.takePages(pages)) {
            space.giveInode();
            return -Errno.ENOSPC.number();
        }
        return DONE;
    }

    private MemInode newInode(Credentials caller, Inode parent, int wantedMode, long device) {
        int mode = AttributeChange.newMode(caller, parent, wantedMode);
        int group = AttributeChange.newGroup(caller, parent);
        MemInode made = switch (mode & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> new MemDirectory(this, mode & 07777, caller.uid(), group);
            case StatMode.S_IFREG -> new MemFile(this, mode & 07777, caller.uid(), group, 1);
            case StatMode.S_IFIFO -> new MemPipe(this, mode, caller.uid(), group);
            case StatMode.S_IFCHR, StatMode.S_IFBLK -> new MemSpecial(this, mode, caller.uid(), group, device);
            default -> new MemSpecial(this, mode, caller.uid(), group, 0);
        };
        made.inherit(parent);
        return made;
    }

    private TreeDentry enter(ResolvingPath path, TreeDentry directory, MemInode inode) {
        FileSystemObserver observer = beginNames();
        try {
            beforeChange(directory, path.component());
            TreeDentry made = attach(directory, new MemDentry(directory, path.component(), inode));
            entered(directory, inode, Instant.now());
            if (observer != null) {
                observer.created(made);
            }
            return made;
        } finally {
            endNames(observer);
        }
    }

    private static void entered(TreeDentry directory, MemInode inode, Instant now) {
        MemDirectory parent = directory(directory);
        parent.countEntries(1);
        if (inode.isDirectory()) {
            parent.link(now);
        }
        parent.modified(now);
    }

    @Override
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) {
        int passed = gate.enter();
        try {
            return addLink(path, directory, existing);
        } finally {
            gate.leave(passed);
        }
    }

    private int addLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) {
        MemInode file = inode(existing);
        synchronized (directory) {
            if (directory.isSealed()) {
                return -Errno.ENOENT.number();
            }
            if (present(directory, path.component()) != null) {
                return -Errno.EEXIST.number();
            }
            beforeChange(directory, path.component());
            FileSystemObserver observer = beginNames();
            try {
                TreeDentry made = new MemDentry(directory, path.component(), file);
                int outcome = link(directory, file, made);
                if (outcome == DONE && observer != null) {
                    observer.linked(made);
                }
                return outcome;
            } finally {
                endNames(observer);
            }
        }
    }

    private int link(TreeDentry directory, MemInode file, TreeDentry made) {
        synchronized (file) {
            if (!file.mayBeLinked()) {
                return -Errno.ENOENT.number();
            }
            if (file.links() != 0 && !space.takeInode()) {
                return -Errno.ENOSPC.number();
            }
            Instant now = Instant.now();
            file.link(now);
            attach(directory, made);
            directory(directory).countEntries(1);
            directory(directory).modified(now);
            return DONE;
        }
    }

    // Removing.

    @Override
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        int passed = gate.enter();
        try {
            synchronized (directory) {
                // It may have got another name, which is not to go in place of this one.
                return names(path, directory, victim) && remove(directory, victim) ? DONE : AGAIN;
            }
        } finally {
            gate.leave(passed);
        }
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        int passed = gate.enter();
        try {
            synchronized (directory) {
                if (victim.parent() != directory || !victim.isAttached()) {
                    return -Errno.ENOENT.number();
                }
                if (hasEntries(victim) || !victim.seal()) {
                    return -Errno.ENOTEMPTY.number();
                }
                remove(directory, victim);
                return DONE;
            }
        } finally {
            gate.leave(passed);
        }
    }

    private boolean remove(TreeDentry directory, TreeDentry victim) {
        FileSystemObserver observer = beginNames();
        try {
            if (victim.parent() != directory || !victim.isAttached()) {
                return false;
            }
            beforeChange(directory, victim.name());
            if (!detach(directory, victim)) {
                return false;
            }
            directory(directory).removed(victim.name());
            removed(directory, inode(victim), Instant.now());
            if (observer != null) {
                observer.removed(victim);
            }
            return true;
        } finally {
            endNames(observer);
        }
    }

    /** An entry is gone from a directory, and with it a name of the file. */
    void removed(TreeDentry directory, MemInode inode, Instant now) {
        MemDirectory parent = directory(directory);
        parent.countEntries(-1);
        if (inode.isDirectory()) {
            parent.unlinkQuietly();
        }
        parent.modified(now);
        // The last name goes with the inode, and with the room that this takes.
        if (inode.unlink(now) != 0) {
            space.giveInode();
        }
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags) {
        int passed = gate.enter();
        try {
            return new MemRename(this, source, target).rename(path, from, flags);
        } finally {
            gate.leave(passed);
        }
    }

    // What a rename does to the table.

    boolean moveDentry(TreeDentry source, TreeDentry directory, Name name) {
        return move(source, directory, name);
    }

    boolean replaceDentry(TreeDentry source, TreeDentry target) {
        return replace(source, target);
    }

    boolean exchangeDentries(TreeDentry source, TreeDentry target) {
        return exchange(source, target);
    }

    /** Makes the whiteout that is left by a name. */
    TreeDentry makeWhiteout(Credentials caller, TreeDentry directory, Name name) {
        MemInode whiteout = newInode(caller, directory.inode(), StatMode.S_IFCHR, 0);
        beforeChange(directory, name);
        TreeDentry made = attach(directory, new MemDentry(directory, name, whiteout));
        entered(directory, whiteout, Instant.now());
        return made;
    }

    @Nullable
    FileSystemObserver beginRename() {
        return beginNames();
    }

    void endRename(@Nullable FileSystemObserver observer) {
        endNames(observer);
    }
}
