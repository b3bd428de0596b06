package org.caisson.vfs.mem;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.AccessTimes;
import org.caisson.vfs.Acl;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
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

    private final PageStore store;
    private final Space space;
    private final MemOptions made;
    private final String shown;
    private final AtomicLong inodes = new AtomicLong();
    private final TreeDentry root;

    /** An empty file system whose data is in pages of a store, which it does not own. */
    public MemFileSystem(MemOptions options, PageStore store) {
        this(options, store, "");
    }

    /** The same, of which mountinfo shows more options. */
    MemFileSystem(MemOptions options, PageStore store, String shown) {
        this.store = store;
        this.shown = shown;
        made = options;
        this.space = new Space(options.pages(), options.inodes());
        space.takeInode();
        Inode directory = new MemDirectory(this, options.mode(), options.uid(), options.gid());
        this.root = new MemDentry(null, Name.EMPTY, directory);
    }

    /** A dentry of this file system. */
    private static final class MemDentry extends TreeDentry {
        MemDentry(@Nullable TreeDentry parent, Name name, Inode inode) {
            super(parent, name, inode);
        }
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
        long usual = HostMemory.pages() / 2;
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

    PageStore store() {
        return store;
    }

    Space space() {
        return space;
    }

    long nextInode() {
        return inodes.incrementAndGet();
    }

    @Override
    public String type() {
        return TYPE;
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

    private static MemInode inode(TreeDentry dentry) {
        return (MemInode) dentry.inode();
    }

    private static MemDirectory directory(TreeDentry dentry) {
        return (MemDirectory) dentry.inode();
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
        return ((MemInode) inode).setXattr(name, value, flags);
    }

    @Override
    protected int setAccessAcl(Credentials credentials, Inode inode, @Nullable Acl acl) {
        int mode = AttributeChange.modeOf(credentials, inode, acl);
        ((MemInode) inode).setAccessAcl(acl == null || acl.isMode() ? null : acl, mode);
        return DONE;
    }

    @Override
    protected int setDefaultAcl(Inode directory, @Nullable Acl acl) {
        ((MemInode) directory).setDefaultAcl(acl);
        return DONE;
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
                truncateOpened(file, credentials);
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
    private static void truncateOpened(MemFile file, Credentials credentials) {
        AttributeChange change = new AttributeChange();
        change.prepareWrite(credentials, file);
        file.resize(0);
        change.mask |= SetStat.MODIFY_TIME;
        change.modifyNow = true;
        change.changesTime = true;
        file.apply(change, Instant.now());
    }

    @Override
    protected int changeAttributes(Credentials credentials, Inode inode, SetStat wanted) {
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
        synchronized (directory) {
            int outcome = mayEnter(path, directory, 0);
            if (outcome != DONE) {
                return outcome;
            }
            file = (MemFile) newInode(path.credentials(), directory.inode(), mode, 0);
            file.acquire();
            made = enter(path, directory, file);
        }
        VirtualDentry place = new VirtualDentry(path.mount(), made);
        path.opened(
                new MemFileDescription(this, file, place, path.credentials(), options.flags() & ~OpenFlags.O_TRUNC));
        return DONE;
    }

    @Override
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) {
        if (!space.takeInode()) {
            return -Errno.ENOSPC.number();
        }
        Credentials caller = path.credentials();
        Inode parent = directory.inode();
        int mode = AttributeChange.newMode(caller, parent, StatMode.S_IFREG | (options.mode() & 07777)) & 07777;
        boolean linkable = (options.flags() & OpenFlags.O_EXCL) == 0;
        int group = AttributeChange.newGroup(caller, parent);
        MemFile file = new MemFile(this, mode, caller.uid(), group, 0, linkable);
        file.inherit(parent);
        file.acquire();
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
        synchronized (directory) {
            int outcome = mayEnter(path, directory, 0);
            if (outcome == DONE) {
                enter(path, directory, newInode(path.credentials(), directory.inode(), mode, device));
            }
            return outcome;
        }
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) {
        byte[] bytes = target.toArray(ValueLayout.JAVA_BYTE);
        Credentials caller = path.credentials();
        synchronized (directory) {
            int outcome = mayEnter(path, directory, MemLink.pages(bytes.length));
            if (outcome == DONE) {
                int group = AttributeChange.newGroup(caller, directory.inode());
                enter(path, directory, new MemLink(this, caller.uid(), group, bytes));
            }
            return outcome;
        }
    }

    /** Whether the last component may become a name, and takes what an inode and its pages need if so. */
    private int mayEnter(ResolvingPath path, TreeDentry directory, int pages) {
        if (directory.isSealed()) {
            return -Errno.ENOENT.number();
        }
        if (directory.child(path.component()) != null) {
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
            case StatMode.S_IFREG -> new MemFile(this, mode & 07777, caller.uid(), group, 1, false);
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
        MemInode file = inode(existing);
        synchronized (directory) {
            if (directory.isSealed()) {
                return -Errno.ENOENT.number();
            }
            if (directory.child(path.component()) != null) {
                return -Errno.EEXIST.number();
            }
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
        synchronized (directory) {
            return remove(directory, victim) ? DONE : -Errno.ENOENT.number();
        }
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        synchronized (directory) {
            if (victim.parent() != directory || !victim.isAttached()) {
                return -Errno.ENOENT.number();
            }
            if (!victim.seal()) {
                return -Errno.ENOTEMPTY.number();
            }
            remove(directory, victim);
            return DONE;
        }
    }

    private boolean remove(TreeDentry directory, TreeDentry victim) {
        FileSystemObserver observer = beginNames();
        try {
            if (!detach(directory, victim)) {
                return false;
            }
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
    private void removed(TreeDentry directory, MemInode inode, Instant now) {
        MemDirectory parent = directory(directory);
        parent.countEntries(-1);
        if (inode.isDirectory()) {
            parent.unlinkQuietly();
        } else if (inode.links() > 1) {
            space.giveInode();
        }
        parent.modified(now);
        inode.unlink(now);
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags) {
        TreeDentry oldDirectory = (TreeDentry) from.found();
        TreeDentry newDirectory = (TreeDentry) path.found();
        Name oldName = source.name();
        boolean whiteout = (flags & FileCalls.RENAME_WHITEOUT) != 0;
        if (whiteout && !space.takeInode()) {
            return -Errno.ENOSPC.number();
        }
        int outcome;
        synchronized (oldDirectory) {
            synchronized (newDirectory) {
                boolean exchanges = (flags & FileCalls.RENAME_EXCHANGE) != 0;
                outcome = exchanges ? DONE : mayMove(source, newDirectory, target);
                if (outcome == DONE) {
                    FileSystemObserver observer = beginNames();
                    try {
                        if (exchanges && target != null) {
                            outcome = swap(oldDirectory, source, newDirectory, target);
                            tellExchanged(observer, outcome, source, target);
                        } else {
                            outcome = moveEntry(oldDirectory, source, newDirectory, path.component(), target);
                            tellMoved(observer, outcome, source, oldDirectory, oldName, target);
                        }
                        if (outcome == DONE && whiteout) {
                            leaveWhiteout(observer, path.credentials(), oldDirectory, oldName);
                        }
                    } finally {
                        endNames(observer);
                    }
                }
            }
        }
        if (outcome != DONE && whiteout) {
            space.giveInode();
        }
        return outcome;
    }

    /** Whether an entry may be moved there; a directory that it replaces is closed for others. */
    private static int mayMove(TreeDentry source, TreeDentry newDirectory, @Nullable TreeDentry target) {
        if (newDirectory.isSealed() || !source.isAttached()) {
            return -Errno.ENOENT.number();
        }
        boolean full = target != null && target.inode().isDirectory() && !target.seal();
        return full ? -Errno.ENOTEMPTY.number() : DONE;
    }

    private static void tellExchanged(
            @Nullable FileSystemObserver observer, int outcome, TreeDentry source, TreeDentry target) {
        if (observer != null && outcome == DONE) {
            observer.exchanged(source, target);
        }
    }

    private static void tellMoved(
            @Nullable FileSystemObserver observer,
            int outcome,
            TreeDentry source,
            TreeDentry oldDirectory,
            Name oldName,
            @Nullable TreeDentry target) {
        if (observer != null && outcome == DONE) {
            observer.moved(source, oldDirectory, oldName, target);
        }
    }

    private int swap(TreeDentry oldDirectory, TreeDentry source, TreeDentry newDirectory, TreeDentry target) {
        if (!exchange(source, target)) {
            return -Errno.ENOENT.number();
        }
        Instant now = Instant.now();
        if (oldDirectory != newDirectory
                && source.inode().isDirectory() != target.inode().isDirectory()) {
            boolean directoryLeaves = source.inode().isDirectory();
            directory(directoryLeaves ? newDirectory : oldDirectory).link(now);
            directory(directoryLeaves ? oldDirectory : newDirectory).unlinkQuietly();
        }
        directory(oldDirectory).modified(now);
        directory(newDirectory).modified(now);
        inode(source).changed(now);
        inode(target).changed(now);
        return DONE;
    }

    private int moveEntry(
            TreeDentry oldDirectory,
            TreeDentry source,
            TreeDentry newDirectory,
            Name newName,
            @Nullable TreeDentry target) {
        if (target != null) {
            if (!replace(source, target)) {
                return -Errno.ENOENT.number();
            }
        } else if (!move(source, newDirectory, newName)) {
            return -Errno.EEXIST.number();
        }
        Instant now = Instant.now();
        if (target != null) {
            removed(newDirectory, inode(target), now);
        }
        MemDirectory before = directory(oldDirectory);
        MemDirectory after = directory(newDirectory);
        before.countEntries(-1);
        after.countEntries(1);
        if (source.inode().isDirectory()) {
            before.unlinkQuietly();
            after.link(now);
        }
        before.modified(now);
        after.modified(now);
        inode(source).changed(now);
        return DONE;
    }

    /** A character device 0:0 hides what lower layers of an overlay have by the old name. */
    private void leaveWhiteout(
            @Nullable FileSystemObserver observer, Credentials caller, TreeDentry directory, Name name) {
        MemInode whiteout = newInode(caller, directory.inode(), StatMode.S_IFCHR, 0);
        TreeDentry made = attach(directory, new MemDentry(directory, name, whiteout));
        entered(directory, whiteout, Instant.now());
        if (observer != null) {
            observer.whitedOut(made);
        }
    }
}
