package org.caisson.vfs.erofs;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeFileSystem;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/**
 * The tree of an EROFS image, read in place. Inode numbers, sizes, times and all else that can be seen are as the kernel's erofs shows
 * them; every change is EROFS.
 *
 * <p>Not read are files that are compressed: they can be looked at, but opening one is EOPNOTSUPP.
 */
public final class ErofsFileSystem extends TreeFileSystem implements AutoCloseable {
    static final String TYPE = "erofs";

    /** What a link may be as long as, in bytes. */
    static final int LONGEST_TARGET = 4096;

    private static final CachePolicy POLICY = CachePolicy.ALL.withMisses(Long.MAX_VALUE);

    private final ErofsImage image;
    private final TreeDentry root;

    /** Inodes by nid that more than one name may lead to, and directories, to which more than one must not. */
    private final Map<Long, ErofsInode> shared = new ConcurrentHashMap<>();

    private ErofsFileSystem(ErofsImage image) throws ErrnoException {
        this.image = image;
        ErofsInode inode = ErofsInode.read(image, image.superblock().rootNid());
        if (!inode.isDirectory()) {
            throw ErrnoException.of(Errno.EINVAL, TYPE + ": the root is no directory");
        }
        root = new ErofsDentry(null, Name.EMPTY, inode);
        inode.isFoundAs(root);
        shared.put(inode.number(), inode);
        addRoot(root);
        beginReadOnly();
    }

    /** The same as {@link #open(OwnedFd, List, FileSystemLog)} of an image in one file. */
    public static ErofsFileSystem open(OwnedFd file) throws ErrnoException {
        return open(file, List.of(), new FileSystemLog());
    }

    /**
     * Maps an image. The descriptors stay the caller's and may be closed.
     *
     * @param file the image
     * @param devices further files that it has data in, in the order of its table
     * @param log is told why an image is refused, in words
     * @throws ErrnoException EINVAL for what is no image or wants other devices, EBADMSG for a wrong checksum, EOPNOTSUPP for an image of
     *     a newer kind, EUCLEAN for one that is broken
     */
    public static ErofsFileSystem open(OwnedFd file, List<OwnedFd> devices, FileSystemLog log) throws ErrnoException {
        return over(ErofsImage.open(file, devices, log, null));
    }

    /** The same of an image in one file whose metadata are there, and whose data may come late. */
    public static ErofsFileSystem open(OwnedFd file, Arrival arrival, FileSystemLog log) throws ErrnoException {
        return over(ErofsImage.open(file, List.of(), log, arrival));
    }

    private static ErofsFileSystem over(ErofsImage image) throws ErrnoException {
        try {
            return new ErofsFileSystem(image);
        } catch (ErrnoException | RuntimeException | Error e) {
            image.close();
            throw e;
        }
    }

    /** What a read of an image means that is not there any more: the file was cut off, or the file system released. */
    static ErrnoException lost(Throwable cause) {
        return (cause instanceof InternalError ? Errno.EIO : Errno.ESTALE).exception();
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
    public CachePolicy cachePolicy(Dentry dentry) {
        return POLICY;
    }

    /** Unmaps the image. What is still open fails from then on. */
    @Override
    public void close() {
        image.close();
    }

    @Override
    protected void release() {
        close();
    }

    /** As {@code erofs_statfs}: it counts down from the greatest number of files. */
    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
        out.type = Integer.toUnsignedLong(ErofsLayout.MAGIC);
        out.blockSize = image.blockSize();
        out.fragmentSize = image.blockSize();
        out.blocks = image.blocks();
        out.blocksFree = 0;
        out.blocksAvailable = 0;
        out.files = -1;
        out.filesFree = -1 - image.superblock().inodes();
        out.id = image.superblock().id();
        out.nameLength = Name.MAX;
        out.flags = 0;
    }

    /** A door for descriptions: {@link TreeFileSystem#stat} is not visible to them. */
    void statOpened(TreeDentry dentry, Stat out) {
        stat(dentry, out);
    }

    @Override
    protected boolean mayHoldMore(TreeDentry directory) {
        return true;
    }

    @Override
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name)
            throws ErrnoException {
        try {
            return lookup(directory, name);
        } catch (InternalError | IllegalStateException e) {
            throw lost(e);
        }
    }

    private @Nullable TreeDentry lookup(TreeDentry directory, Name name) throws ErrnoException {
        ErofsInode parent = (ErofsInode) directory.inode();
        if (!parent.isDirectory()) {
            return null;
        }
        long nid = Directories.find(parent, name);
        if (nid == Directories.NONE) {
            return null;
        }
        ErofsInode known = shared.get(nid);
        ErofsInode inode = known == null ? ErofsInode.read(image, nid) : known;
        if (known == null && (inode.isDirectory() || inode.links() > 1)) {
            ErofsInode first = shared.putIfAbsent(nid, inode);
            inode = first == null ? inode : first;
        }
        TreeDentry dentry = new ErofsDentry(directory, name, inode);
        if (inode.isDirectory() && !inode.isFoundAs(dentry)) {
            throw Errno.EUCLEAN.exception();
        }
        return attach(directory, dentry);
    }

    @Override
    protected byte[] linkTarget(Credentials credentials, Inode link) throws ErrnoException {
        try {
            return ((ErofsInode) link).target();
        } catch (InternalError | IllegalStateException e) {
            throw lost(e);
        }
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        ErofsInode inode = (ErofsInode) ((TreeDentry) place.dentry()).inode();
        if (!inode.isDirectory() && !inode.isRegular()) {
            throw Errno.ENXIO.exception();
        }
        if (inode.isCompressed()) {
            throw ErrnoException.of(Errno.EOPNOTSUPP, TYPE + ": compressed files are not read");
        }
        if (!inode.acquire((TreeDentry) place.dentry())) {
            throw Errno.ESTALE.exception();
        }
        return inode.isDirectory()
                ? new ErofsDirectoryDescription(this, place, credentials, flags)
                : new ErofsFileDescription(this, place, credentials, flags);
    }

    @Override
    protected FileDescription openFifo(
            VirtualDentry place, Credentials credentials, int flags, @Nullable Interruption interruption)
            throws ErrnoException {
        TreeDentry dentry = (TreeDentry) place.dentry();
        ErofsInode inode = (ErofsInode) dentry.inode();
        if (!inode.acquire(dentry)) {
            throw Errno.ESTALE.exception();
        }
        boolean opened = false;
        try {
            ErofsPipe file = new ErofsPipe(this, dentry);
            FileDescription description = inode.pipe().open(place, credentials, flags, file, interruption);
            opened = true;
            return description;
        } finally {
            if (!opened) {
                inode.release(dentry);
            }
        }
    }

    @Override
    protected boolean keepsXattrs() {
        return true;
    }

    @Override
    protected byte @Nullable [] xattr(Inode inode, Name name) throws ErrnoException {
        try {
            return Xattrs.get((ErofsInode) inode, name);
        } catch (InternalError | IllegalStateException e) {
            throw lost(e);
        }
    }

    @Override
    protected void forEachXattr(Inode inode, Consumer<Name> visitor) throws ErrnoException {
        try {
            Xattrs.forEachName((ErofsInode) inode, visitor);
        } catch (InternalError | IllegalStateException e) {
            throw lost(e);
        }
    }

    /** A dentry of this file system. */
    private static final class ErofsDentry extends TreeDentry {
        ErofsDentry(@Nullable TreeDentry parent, Name name, Inode inode) {
            super(parent, name, inode);
        }
    }
}
