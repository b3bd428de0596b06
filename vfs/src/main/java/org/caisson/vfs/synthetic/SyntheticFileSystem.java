package org.caisson.vfs.synthetic;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.Map;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeFileSystem;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * Shows a tree of {@link SyntheticNode}s. What cannot be done with it fails as in procfs or sysfs; writing to a file
 * without a {@link ControlFile.Command} fails with EACCES, also for root.
 */
public final class SyntheticFileSystem extends TreeFileSystem {
    /** More entries than these of one dynamic directory are not remembered. */
    private static final int REMEMBERED = 1024;

    /** How many make room for one more: few enough that what is in use mostly stays. */
    private static final int DROPPED = REMEMBERED / 8;

    private final Manner manner;
    private final TreeDentry root;
    private final long birthSeconds;
    private final int birthNanos;

    private SyntheticFileSystem(Manner manner, SyntheticNode<?> root) {
        this.manner = manner;
        Instant birth = Instant.now();
        birthSeconds = birth.getEpochSecond();
        birthNanos = birth.getNano();
        this.root = new SyntheticDentry(null, Name.EMPTY, SyntheticInode.root(this, root), false);
    }

    /** A file system that behaves like {@code /proc}. */
    public static SyntheticFileSystem proc(SyntheticDirectory root) {
        return new SyntheticFileSystem(Manner.PROC, root);
    }

    /** A file system that behaves like {@code /sys}. */
    public static SyntheticFileSystem sys(SyntheticDirectory root) {
        return new SyntheticFileSystem(Manner.SYS, root);
    }

    Manner manner() {
        return manner;
    }

    long birthSeconds() {
        return birthSeconds;
    }

    int birthNanos() {
        return birthNanos;
    }

    @Override
    public String type() {
        return manner.type();
    }

    @Override
    public TreeDentry root() {
        return root;
    }

    @Override
    public CachePolicy cachePolicy(Dentry dentry) {
        return inode((TreeDentry) dentry).node().attributes().cachePolicy();
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
        out.type = manner.magic();
        out.blockSize = 4096;
        out.fragmentSize = 4096;
        out.blocks = 0;
        out.blocksFree = 0;
        out.blocksAvailable = 0;
        out.files = 0;
        out.filesFree = 0;
        out.id = device();
        out.nameLength = Name.MAX;
        out.flags = 0;
    }

    static SyntheticInode inode(TreeDentry dentry) {
        return (SyntheticInode) dentry.inode();
    }

    /** A door for descriptions: {@link TreeFileSystem#stat} is not visible to them. */
    void statOpened(TreeDentry dentry, Stat out) {
        stat(dentry, out);
    }

    int change(Credentials credentials, Inode inode, SetStat change) {
        return changeAttributes(credentials, inode, change);
    }

    @Override
    protected boolean mayHoldMore(TreeDentry directory) {
        SyntheticInode inode = inode(directory);
        return !(inode.node() instanceof SyntheticDirectory) || !inode.isPopulated();
    }

    @Override
    protected @Nullable TreeDentry lookupMissing(Credentials credentials, TreeDentry directory, Name name)
            throws ErrnoException {
        SyntheticInode inode = inode(directory);
        SyntheticNode<?> node = inode.node();
        if (node instanceof SyntheticDirectory known) {
            populate(directory, inode, known);
            return directory.child(name);
        }
        if (node instanceof DynamicDirectory dynamic) {
            SyntheticNode<?> found = dynamic.entries().lookup(credentials, name);
            return found == null ? null : remember(directory, inode, name, found);
        }
        return null;
    }

    private void populate(TreeDentry directory, SyntheticInode inode, SyntheticDirectory known) {
        for (Map.Entry<Name, SyntheticNode<?>> entry : known.entries().entrySet()) {
            Name name = entry.getKey();
            SyntheticInode child = new SyntheticInode(this, inode.childNumber(name), entry.getValue());
            attach(directory, new SyntheticDentry(directory, name, child, false));
        }
        inode.setPopulated();
    }

    private TreeDentry remember(TreeDentry directory, SyntheticInode inode, Name name, SyntheticNode<?> node) {
        if (directory.childCount() >= REMEMBERED) {
            int[] dropped = new int[1];
            directory.forEachChild(child -> {
                if (dropped[0] < DROPPED && !child.isMountPoint() && detach(directory, child)) {
                    dropped[0]++;
                }
            });
        }
        SyntheticInode child = new SyntheticInode(this, inode.childNumber(name), node);
        child.validUntil(validity(inode));
        return attach(directory, new SyntheticDentry(directory, name, child, true));
    }

    private static long validity(SyntheticInode directory) {
        // Half the range at most: the differences of nanoTime wrap around.
        return System.nanoTime()
                + Math.min(directory.node().attributes().cachePolicy().entryNanos(), Long.MAX_VALUE >> 1);
    }

    @Override
    protected @Nullable TreeDentry revalidate(Credentials credentials, TreeDentry directory, TreeDentry known)
            throws ErrnoException {
        SyntheticInode child = inode(known);
        if (System.nanoTime() - child.validUntil() < 0) {
            return known;
        }
        SyntheticInode parent = inode(directory);
        if (!(parent.node() instanceof DynamicDirectory dynamic)) {
            return known;
        }
        SyntheticNode<?> node = dynamic.entries().lookup(credentials, known.name());
        if (node != null && node.type() == child.node().type()) {
            child.show(node);
            child.validUntil(validity(parent));
            return known;
        }
        if (known.isMountPoint()) {
            // What is mounted on it must stay within reach; the entry goes when that is taken off.
            return known;
        }
        detach(directory, known);
        return node == null ? null : remember(directory, parent, known.name(), node);
    }

    @Override
    protected byte[] linkTarget(Credentials credentials, Inode link) throws ErrnoException {
        if (((SyntheticInode) link).node() instanceof SyntheticLink symlink) {
            return symlink.target().resolve(credentials);
        }
        throw Errno.EINVAL.exception();
    }

    @Override
    protected @Nullable VirtualDentry magicTarget(Credentials credentials, Inode link) throws ErrnoException {
        SyntheticLink.Place place =
                ((SyntheticInode) link).node() instanceof SyntheticLink symlink ? symlink.place() : null;
        return place == null ? null : place.resolve(credentials);
    }

    @Override
    protected FileDescription openDescription(VirtualDentry place, Credentials credentials, int flags)
            throws ErrnoException {
        boolean changes = (flags & (OpenFlags.O_ACCMODE | OpenFlags.O_TRUNC)) != 0;
        return switch (inode((TreeDentry) place.dentry()).node()) {
            case GeneratedFile file -> {
                if (changes) {
                    throw Errno.EACCES.exception();
                }
                yield new TextDescription(this, place, credentials, flags, file.content(), null);
            }
            case ControlFile file ->
                new TextDescription(this, place, credentials, flags, file.content(), file.command());
            case EventFile file ->
                new EventDescription(
                        this,
                        place,
                        credentials,
                        flags,
                        file.content(),
                        file.opening().open());
            case SyntheticDirectory directory -> new DirectoryDescription(this, place, credentials, flags);
            case DynamicDirectory directory -> new DirectoryDescription(this, place, credentials, flags);
            case SyntheticLink link -> throw Errno.ELOOP.exception();
        };
    }

    /** As {@code /proc/sys}: mode and owner stay as they are, sizes and times are accepted and forgotten. */
    @Override
    protected int changeAttributes(Credentials credentials, Inode inode, SetStat change) {
        if (change.has(SetStat.MODE | SetStat.UID | SetStat.GID)) {
            return -Errno.EPERM.number();
        }
        if (change.has(SetStat.SIZE) && !takesCommands(((SyntheticInode) inode).node())) {
            return -Errno.EACCES.number();
        }
        return DONE;
    }

    private static boolean takesCommands(SyntheticNode<?> node) {
        return node instanceof ControlFile || node instanceof EventFile;
    }

    @Override
    protected int missingName() {
        return -manner.missingName();
    }

    @Override
    protected int getXattrAt(ResolvingPath path, Name name, MemorySegment target) throws ErrnoException {
        int outcome = lookupAt(path);
        return outcome == DONE ? -manner.missingXattr() : outcome;
    }

    /** A dentry of this file system. */
    private static final class SyntheticDentry extends TreeDentry {
        SyntheticDentry(@Nullable TreeDentry parent, Name name, Inode inode, boolean revalidate) {
            super(parent, name, inode, revalidate);
        }
    }
}
