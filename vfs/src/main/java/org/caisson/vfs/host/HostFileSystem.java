package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.caisson.linux.AtFlags;
import org.caisson.linux.EntryCalls;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.FileFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.Scratch;
import org.caisson.linux.StatFs;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Inode;
import org.caisson.vfs.LastingHandle;
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
 * directories that were reached so. Inode numbers are the host's. Locks of fcntl(2) and flock(2) are not passed on to it. The file system is
 * to be closed when it is used no more.
 */
public final class HostFileSystem extends TreeFileSystem implements AutoCloseable {
    /** See {@link TreeFileSystem#AGAIN}. */
    static final int LOOK_AGAIN = AGAIN;

    private static final int LONGEST_TARGET = ResolvingPath.MAX_PATH;
    private static final int ST_RDONLY = 1;

    private final HostCaching caching;
    private final HostFiles files;
    private final HostDentry root;
    private final HostDentries dentries;
    private final HostCreation creation;
    private final HostRemoval removal;
    private final HostRenaming renaming;
    private final HostChanges changes;
    private final HostXattrs xattrs;
    private final HostHandles handles;
    private final CachePolicy policy;

    @SuppressWarnings("this-escape") // they only keep it
    private HostFileSystem(HostRoot hostRoot, HostOptions options) throws ErrnoException {
        caching = options.caching();
        CallerIds ids = new CallerIds();
        try {
            files = new HostFiles(hostRoot, options, this::takeDevice);
        } catch (ErrnoException e) {
            hostRoot.descriptor().close();
            throw e;
        }
        root = new HostDentry(null, Name.EMPTY, files.root(), !caching.isExclusive());
        dentries = new HostDentries(this, files, options);
        creation = new HostCreation(this, files, dentries, ids);
        removal = new HostRemoval(this, files, dentries);
        renaming = new HostRenaming(this, files, dentries, ids);
        changes = new HostChanges(files);
        xattrs = new HostXattrs(files);
        handles = new HostHandles(files);
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
        return HostType.NAME;
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    public CachePolicy cachePolicy(Dentry dentry) {
        return policy;
    }

    @Override
    public @Nullable LastingHandle handleOf(Dentry dentry) {
        return handles.of(((HostDentry) dentry).file());
    }

    @Override
    public long numberOf(LastingHandle handle) {
        return handles.numberOf(handle);
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

    /** Which flags there are, the host knows. */
    @Override
    protected int knownFileFlags() {
        return -1;
    }

    @Override
    protected int fileFlags(FileDescription opened) throws ErrnoException {
        try (Scratch scratch = Scratch.open()) {
            MemorySegment flags = scratch.allocate(Integer.BYTES);
            FileCalls.ioctl(dataDescriptor(opened), FileFlags.FS_IOC_GETFLAGS, flags.address());
            return flags.get(ValueLayout.JAVA_INT, 0);
        }
    }

    @Override
    protected void setFileFlags(FileDescription opened, int wanted) throws ErrnoException {
        HostInode inode = ((HostDentry) opened.place().dentry()).file();
        int fd = dataDescriptor(opened);
        try (Scratch scratch = Scratch.open()) {
            MemorySegment flags = scratch.allocate(Integer.BYTES);
            flags.set(ValueLayout.JAVA_INT, 0, wanted);
            FileCalls.ioctl(fd, FileFlags.FS_IOC_SETFLAGS, flags.address());
        }
        inode.changed();
        files.attributes(inode, fd);
    }

    private static int dataDescriptor(FileDescription opened) throws ErrnoException {
        return switch (opened) {
            case HostFile file -> file.descriptor();
            case HostDirectory directory -> directory.descriptor();
            default -> throw Errno.ENOTTY.exception();
        };
    }

    @Override
    protected boolean allowsIdMapping() {
        return true;
    }

    @Override
    protected boolean hasOrphans() {
        return files.hasOrphans();
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
        out.device = device();
        out.beginExtended();
        inode.fill(out, attributes);
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
        return dentries.lookup((HostDentry) directory, name);
    }

    @Override
    protected @Nullable TreeDentry revalidate(Credentials credentials, TreeDentry directory, TreeDentry known)
            throws ErrnoException {
        return dentries.revalidate((HostDentry) directory, (HostDentry) known);
    }

    // For who makes and removes names: the doors to what is protected.

    HostDentry attach(HostDentry directory, HostDentry child) {
        return (HostDentry) super.attach(directory, child);
    }

    void detach(HostDentry directory, HostDentry child) {
        super.detach(directory, child);
    }

    boolean forget(HostDentry dentry) {
        return super.forget(dentry);
    }

    @Nullable
    HostDentry recall(HostDentry directory, Name name) {
        return (HostDentry) super.recall(directory, name);
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
        boolean noted = files.mayNoteRead(inode);
        if (known != null && !noted) {
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
            if (noted) {
                inode.changed();
                files.attributes(inode);
            }
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
        return creation.createFile(path, (HostDentry) directory, options);
    }

    @Override
    protected int createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        return creation.createTemporary(path, (HostDentry) directory, options);
    }

    @Override
    protected int makeDirectory(ResolvingPath path, TreeDentry directory, int mode) throws ErrnoException {
        return creation.makeDirectory(path, (HostDentry) directory, mode);
    }

    @Override
    protected int makeNode(ResolvingPath path, TreeDentry directory, int mode, long number) throws ErrnoException {
        return creation.makeNode(path, (HostDentry) directory, mode, number);
    }

    @Override
    protected int makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) throws ErrnoException {
        return creation.makeSymlink(path, (HostDentry) directory, target);
    }

    @Override
    protected int makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) throws ErrnoException {
        return creation.makeLink(path, (HostDentry) directory, (HostDentry) existing);
    }

    @Override
    protected int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return removal.remove((HostDentry) directory, (HostDentry) victim, path.component(), 0);
    }

    @Override
    protected int removeDirectory(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return removal.remove((HostDentry) directory, (HostDentry) victim, path.component(), AtFlags.AT_REMOVEDIR);
    }

    @Override
    protected int renameEntry(
            ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        return renaming.rename(path, (HostDentry) source, (HostDentry) target, flags);
    }
}
