package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.AtFlags;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatFs;
import org.caisson.linux.Statx;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
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
import org.caisson.vfs.TreeFileSystem;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * A directory of the host as a file system. What is done here is done there, by us; who may do it is decided here, by the caller's
 * credentials and the owner, mode and access control list that the host has.
 *
 * <p>Nothing outside the directory is reached: {@code ..} and links are walked here, and the host is asked for single names in
 * directories that were reached so. Inode numbers are the host's. The file system is to be closed when it is used no more.
 */
public final class HostFileSystem extends TreeFileSystem implements AutoCloseable {
    /** See {@link TreeFileSystem#AGAIN}. */
    static final int LOOK_AGAIN = AGAIN;

    private static final int LONGEST_TARGET = ResolvingPath.MAX_PATH;
    private static final int ST_RDONLY = 1;
    private static final int NO_ENTRY = -Errno.ENOENT.number();

    private final HostCaching caching;
    private final HostFiles files;
    private final HostDentry root;
    private final MissingNames missing;
    private final RememberedNames remembered;
    private final HostNames names;
    private final HostChanges changes;
    private final HostXattrs xattrs;
    private final CachePolicy policy;

    @SuppressWarnings("this-escape") // they only keep it
    private HostFileSystem(HostRoot hostRoot, HostOptions options) throws ErrnoException {
        caching = options.caching();
        CallerIds ids = new CallerIds();
        try {
            files = new HostFiles(hostRoot, options);
        } catch (ErrnoException e) {
            hostRoot.descriptor().close();
            throw e;
        }
        root = new HostDentry(null, Name.EMPTY, files.root(), !caching.isExclusive());
        missing = new MissingNames(caching.nanos());
        remembered = new RememberedNames(this, options.names());
        names = new HostNames(this, files, ids);
        changes = new HostChanges(files);
        xattrs = new HostXattrs(files);
        policy = policy(caching);
    }

    private static CachePolicy policy(HostCaching caching) {
        if (caching.isExclusive()) {
            return CachePolicy.ALL.withMisses(Long.MAX_VALUE);
        }
        long nanos = caching.nanos();
        return caching.isNone() ? CachePolicy.NONE : new CachePolicy(nanos, nanos, false, false, nanos);
    }

    /** Shows a directory, named by a path of the host. */
    public static HostFileSystem open(String directory, HostOptions options) throws ErrnoException {
        return new HostFileSystem(HostRoot.open(directory, options.crossMounts()), options);
    }

    /** Shows an open directory; the descriptor stays the caller's and may be closed. */
    public static HostFileSystem of(OwnedFd directory, HostOptions options) throws ErrnoException {
        return new HostFileSystem(HostRoot.of(directory, options.crossMounts()), options);
    }

    HostFiles files() {
        return files;
    }

    HostXattrs xattrs() {
        return xattrs;
    }

    HostChanges changes() {
        return changes;
    }

    @Override
    public String type() {
        return "host";
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    public CachePolicy cachePolicy(Dentry dentry) {
        return policy;
    }

    /** Closes all descriptors but those of files that are open, which stay so; nothing else is reached any more. */
    @Override
    public void close() {
        files.close();
    }

    @Override
    protected void release() {
        close();
    }

    /** How many descriptors of files that are not open are kept now. */
    public int keptDescriptors() {
        return files.descriptors().kept();
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) throws ErrnoException {
        HostInode inode = ((HostDentry) dentry).file();
        try (Scratch scratch = Scratch.open()) {
            StatFs told = StatFs.wrap(scratch.allocate(StatFs.SIZE));
            int fd = files.acquire(inode.isCovered() ? files.root() : inode);
            HostFiles.check(fd);
            try {
                FileCalls.fstatfs(fd, told);
            } finally {
                files.release(inode.isCovered() ? files.root() : inode);
            }
            out.type = told.type();
            out.blockSize = told.blockSize();
            out.fragmentSize = told.fragmentSize();
            out.blocks = told.blocks();
            out.blocksFree = told.freeBlocks();
            out.blocksAvailable = told.availableBlocks();
            out.files = told.files();
            out.filesFree = told.freeFiles();
            out.id = told.id();
            out.nameLength = (int) told.nameLength();
            out.flags = told.flags() & ST_RDONLY;
        }
    }

    @Override
    protected void refresh(Inode inode) throws ErrnoException {
        files.attributes((HostInode) inode);
    }

    @Override
    protected void touch(Mount mount, int flags, Inode inode) {
        files.wasRead((HostInode) inode, flags);
    }

    /** A door for descriptions: {@link #stat} is not visible to them. */
    void statOpened(HostInode inode, Stat out, HostAttributes attributes) {
        attributes.fill(out);
        out.inode = inode.number();
        out.device = device();
    }

    void change(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
        changeOpened(opened, caller, change);
    }

    // Names.

    @Override
    protected boolean mayHoldMore(TreeDentry directory) {
        return true;
    }

    @Override
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name)
            throws ErrnoException {
        return lookup((HostDentry) directory, name);
    }

    /** The dentry of a name that the host has, put into its directory; null if there is none. */
    @Nullable
    HostDentry lookup(HostDentry directory, Name name) throws ErrnoException {
        HostInode parent = directory.file();
        if (parent.isCovered()) {
            return null;
        }
        files.acls().prepare(parent);
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            MemorySegment nativeName = HostDescriptors.nativeName(scratch, name);
            while (true) {
                int seen = parent.nameChanges();
                if (missing.holds(parent, name, seen)) {
                    return null;
                }
                long moment = System.nanoTime();
                int outcome = files.statName(parent, nativeName, told);
                if (outcome == NO_ENTRY) {
                    missing.add(parent, name, seen);
                    return null;
                }
                HostFiles.check(outcome);
                HostInode inode = files.told(told);
                // One that is known by another name is perhaps not as it is known.
                if (inode.attributes().moment() - moment < 0 && !isTold(inode, parent, nativeName, told)) {
                    continue;
                }
                HostDentry put = put(directory, name, inode, seen);
                if (put != null) {
                    remembered.makeRoom();
                    return put;
                }
            }
        }
    }

    /** Asks again for a name that leads to a known file, and takes over what that is like; false if it leads there no more. */
    private boolean isTold(HostInode inode, HostInode parent, MemorySegment nativeName, Statx told)
            throws ErrnoException {
        if (inode.isFresh(caching.nanos())) {
            return true;
        }
        int version = inode.version();
        long moment = System.nanoTime();
        int outcome = files.statName(parent, nativeName, told);
        if (outcome == NO_ENTRY) {
            return false;
        }
        HostFiles.check(outcome);
        if (!inode.isTold(told)) {
            return false;
        }
        inode.tell(told, version, moment);
        return true;
    }

    /** Puts a name into its directory, unless names were changed since the count was as given: null then. */
    private @Nullable HostDentry put(HostDentry directory, Name name, HostInode inode, int seen) {
        HostInode parent = directory.file();
        HostDentry made;
        HostDentry present;
        synchronized (directory) {
            synchronized (parent) {
                if (parent.nameChanges() != seen) {
                    return null;
                }
                made = dentry(directory, name, inode);
                present = (HostDentry) attach(directory, made);
            }
        }
        if (present == made) {
            remember(made);
        }
        return present;
    }

    /** The dentry of a name: the one that it had before, if that was only forgotten. */
    private HostDentry dentry(HostDentry directory, Name name, HostInode inode) {
        HostDentry known = inode.aliasAt(directory, name);
        return known != null ? known : new HostDentry(directory, name, inode, !caching.isExclusive());
    }

    private void remember(HostDentry put) {
        HostInode inode = put.file();
        inode.addAlias(put);
        put.confirm();
        if (inode.isGone()) {
            inode.found();
        }
        remembered.add(put);
    }

    /**
     * Puts a name into its directory that the host was just made to give it; the monitor of the directory is held since before. {@link
     * #makeRoom} is to follow without it.
     */
    HostDentry enter(HostDentry directory, Name name, HostInode inode) {
        HostInode parent = directory.file();
        HostDentry made;
        synchronized (parent) {
            parent.namesChanged();
            made = dentry(directory, name, inode);
            HostDentry present = (HostDentry) attach(directory, made);
            if (present != made) {
                // The host removed that name without us, or we would not have been let.
                detach(directory, present);
                present.file().removeAlias(present);
                attach(directory, made);
            }
        }
        remember(made);
        return made;
    }

    @Override
    protected @Nullable TreeDentry revalidate(Credentials credentials, TreeDentry directory, TreeDentry known)
            throws ErrnoException {
        HostDentry dentry = (HostDentry) known;
        if (!caching.isNone() && dentry.isConfirmedFor(caching.nanos())) {
            return dentry;
        }
        HostDentry parent = (HostDentry) directory;
        int fd = files.acquire(parent.file());
        HostFiles.check(fd);
        try {
            if (isStill(fd, dentry)) {
                return dentry;
            }
            // Perhaps a change of ours was under way: under the monitor there is none.
            synchronized (parent) {
                HostDentry present = (HostDentry) parent.child(dentry.name());
                if (present != dentry || isStill(fd, dentry)) {
                    return present;
                }
                if (dentry.isMountPoint()) {
                    // What is mounted on it must stay within reach; the entry goes when that is taken off.
                    return dentry;
                }
                discard(parent, dentry);
            }
        } finally {
            files.release(parent.file());
        }
        return lookup(parent, dentry.name());
    }

    private static boolean isStill(int directoryFd, HostDentry known) throws ErrnoException {
        HostInode inode = known.file();
        try (Scratch scratch = Scratch.open()) {
            Statx told = Statx.wrap(scratch.allocate(Statx.SIZE));
            int version = inode.version();
            long moment = System.nanoTime();
            int outcome = HostFiles.statName(directoryFd, HostDescriptors.nativeName(scratch, known.name()), told);
            if (outcome == NO_ENTRY) {
                return false;
            }
            HostFiles.check(outcome);
            if (!inode.isTold(told)) {
                return false;
            }
            inode.tell(told, version, moment);
            known.confirm();
            return true;
        }
    }

    /** Takes a name out that leads to its file no more. */
    void discard(HostDentry directory, HostDentry dentry) {
        synchronized (directory) {
            synchronized (directory.file()) {
                detach(directory, dentry);
            }
        }
        dentry.file().removeAlias(dentry);
    }

    /** Takes a name out that the host removed for us; the monitor of the directory is held since before. */
    void removed(HostDentry directory, HostDentry victim) {
        HostInode parent = directory.file();
        synchronized (parent) {
            parent.namesChanged();
            detach(directory, victim);
        }
        victim.file().removeAlias(victim);
    }

    /** Takes a name out that is only too much to remember. */
    void forget(HostDentry dentry) {
        HostDentry directory = dentry.directory();
        if (directory != null) {
            synchronized (directory) {
                if (dentry.isMountPoint() || dentry.childCount() != 0) {
                    return;
                }
                synchronized (directory.file()) {
                    detach(directory, dentry);
                }
            }
        }
    }

    /** Moves dentries as the host moved their names; the monitors of the directories are held since before. */
    void place(HostDentry source, HostDentry directory, Name name, @Nullable HostDentry target, boolean exchanged) {
        if (exchanged && target != null) {
            exchange(source, target);
        } else if (target != null) {
            replace(source, target);
        } else {
            move(source, directory, name);
        }
    }

    void makeRoom() {
        remembered.makeRoom();
    }

    // For who makes and removes names: the doors to what is protected.

    @Nullable
    FileSystemObserver begin() {
        return beginNames();
    }

    void end(@Nullable FileSystemObserver observer) {
        endNames(observer);
    }

    void noteNameless(HostDentry dentry) {
        addNameless(dentry);
    }

    boolean revalidates() {
        return !caching.isExclusive();
    }

    @Override
    protected byte[] linkTarget(Credentials credentials, Inode link) throws ErrnoException {
        HostInode inode = (HostInode) link;
        byte[] known = inode.target();
        if (known != null) {
            return known;
        }
        try (Scratch scratch = Scratch.open()) {
            MemorySegment target = scratch.allocate(LONGEST_TARGET);
            int fd = files.acquire(inode);
            HostFiles.check(fd);
            int length;
            try {
                length = EntryCalls.readlinkat(fd, EntryCalls.ITSELF, target);
            } finally {
                files.release(inode);
            }
            HostFiles.check(length);
            byte[] bytes = target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            inode.target(bytes);
            return bytes;
        }
    }

    // Descriptions.

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        HostInode inode = ((HostDentry) place.dentry()).file();
        if (inode.isDirectory()) {
            return HostDirectory.open(this, place, credentials, flags);
        }
        if (!inode.isRegular()) {
            throw Errno.ENXIO.exception();
        }
        return HostFile.open(this, place, credentials, flags);
    }

    /** A pipe's data is kept here, not by the host: its processes are others than ours. */
    @Override
    protected FileDescription openFifo(
            VirtualDentry place, Credentials credentials, int flags, @Nullable Interruption interruption)
            throws ErrnoException {
        return HostPipe.open(this, place, credentials, flags, interruption);
    }

    /** Tells who watches that the bytes of a file changed. */
    void tellData(HostInode inode, long offset, long length, int fd) throws ErrnoException {
        if (observer() != null) {
            tellDataChanged(inode, offset, length, files.attributes(inode, fd).size());
        }
    }

    // Extended attributes.

    @Override
    protected int getXattrAt(ResolvingPath path, Name name, MemorySegment target) throws ErrnoException {
        int outcome = lookupAt(path);
        if (outcome == DONE) {
            path.length(xattrs.get(path.credentials(), found(path), name, target));
        }
        return outcome;
    }

    @Override
    protected int listXattrAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        int outcome = lookupAt(path);
        if (outcome == DONE) {
            path.length(xattrs.list(path.credentials(), found(path), target));
        }
        return outcome;
    }

    @Override
    protected int setXattrAt(ResolvingPath path, Name name, MemorySegment value, int flags) throws ErrnoException {
        int outcome = lookupAt(path);
        if (outcome == DONE) {
            xattrs.set(
                    path.credentials(),
                    found(path),
                    name,
                    value,
                    flags,
                    path.mount().isReadOnly());
        }
        return outcome;
    }

    @Override
    protected int removeXattrAt(ResolvingPath path, Name name) throws ErrnoException {
        int outcome = lookupAt(path);
        if (outcome == DONE) {
            xattrs.remove(path.credentials(), found(path), name, path.mount().isReadOnly());
        }
        return outcome;
    }

    private static HostInode found(ResolvingPath path) {
        return ((HostDentry) path.found()).file();
    }

    @Override
    protected long getXattr(Credentials caller, Inode inode, Name name, MemorySegment target) throws ErrnoException {
        return xattrs.get(caller, (HostInode) inode, name, target);
    }

    @Override
    protected long listXattr(Credentials caller, Inode inode, MemorySegment target) throws ErrnoException {
        return xattrs.list(caller, (HostInode) inode, target);
    }

    @Override
    protected void changeXattr(
            FileDescription opened, Credentials caller, Name name, @Nullable MemorySegment value, int flags)
            throws ErrnoException {
        HostInode inode = ((HostDentry) opened.place().dentry()).file();
        boolean isReadOnly = opened.place().mount().isReadOnly();
        files.attributes(inode); // no walk came to it just now
        if (value == null) {
            xattrs.remove(caller, inode, name, isReadOnly);
        } else {
            xattrs.set(caller, inode, name, value, flags, isReadOnly);
        }
    }

    // Changes.

    @Override
    protected int changeAttributes(Credentials credentials, Inode inode, SetStat change) throws ErrnoException {
        return changes.attributes(credentials, (HostInode) inode, change, -1);
    }

    @Override
    protected int createFile(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        return names.createFile(path, (HostDentry) directory, options);
    }

    @Override
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        return names.createTemporary(path, (HostDentry) directory, options);
    }

    @Override
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) throws ErrnoException {
        return names.makeDirectory(path, (HostDentry) directory, mode);
    }

    @Override
    protected int makeNode(ResolvingPath path, TreeDentry directory, int mode, long number) throws ErrnoException {
        return names.makeNode(path, (HostDentry) directory, mode, number);
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) throws ErrnoException {
        return names.makeSymlink(path, (HostDentry) directory, target);
    }

    @Override
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) throws ErrnoException {
        return names.makeLink(path, (HostDentry) directory, (HostDentry) existing);
    }

    @Override
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return names.remove((HostDentry) directory, (HostDentry) victim, path.component(), 0);
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return names.remove((HostDentry) directory, (HostDentry) victim, path.component(), AtFlags.AT_REMOVEDIR);
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        return names.rename(path, (HostDentry) source, (HostDentry) target, flags);
    }
}
