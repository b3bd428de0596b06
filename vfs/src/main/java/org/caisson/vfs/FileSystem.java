package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.lock.LockTable;
import org.jspecify.annotations.Nullable;

/**
 * A file system: the driver of path resolution. Each {@code …At} method is given a {@link ResolvingPath}, walks it as far
 * as this file system reaches, and then does its work.
 *
 * <p>Such a method returns {@link #DONE}, {@link #GO_ON} when the walk must go on elsewhere (a mount point, an absolute
 * symbolic link, a jump or a {@code ..} above a mount's root; the path then says where), or a negated errno. Frequent
 * errors travel as numbers because an exception costs more than the walk; rare ones may be thrown.
 *
 * <p>The methods that are not abstract refuse as a file system without that operation does, so that a read-only one is
 * small.
 */
public abstract class FileSystem {
    /** The operation is complete. */
    protected static final int DONE = 0;
    /** The walk left this file system: ask the one that the path stands in now. */
    protected static final int GO_ON = 1;

    private static final VarHandle OBSERVER;

    static {
        try {
            OBSERVER = MethodHandles.lookup().findVarHandle(FileSystem.class, "observer", FileSystemObserver.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SuperBlock superBlock = new SuperBlock();
    private final long device = superBlock.device();
    private final LockTable locks = new LockTable();

    /** Who is told what happens to the files here; null for nobody, and then this is all that an operation looks at. */
    private volatile @Nullable FileSystemObserver observer;

    /** For subclasses. */
    protected FileSystem() {}

    /** The device number that stat(2) and {@code mountinfo} show for this file system. */
    protected final long device() {
        return device;
    }

    /** Another device number, for files that stat(2) is to show apart; it stays taken for as long as this file system is mounted. */
    protected final long takeDevice() {
        return superBlock.takeDevice();
    }

    /** Says, before the first mount, that nothing here can be changed: EROFS through whatever mount, and for a remount that would allow it. */
    protected final void beginReadOnly() {
        superBlock.beginReadOnly();
    }

    /** Whether a mount shows this file system, or did and is still in use. */
    protected final boolean isMounted() {
        return superBlock.isActive();
    }

    final SuperBlock superBlock() {
        return superBlock;
    }

    /** Who is told what happens to the files here, or null. */
    public final @Nullable FileSystemObserver observer() {
        return observer;
    }

    /** Puts one observer in place of another; false if that is not the present one. What is under way may still tell the old one. */
    public final boolean observe(@Nullable FileSystemObserver present, @Nullable FileSystemObserver next) {
        return OBSERVER.compareAndSet(this, present, next);
    }

    /** The name of the type, as in {@code /proc/filesystems}. */
    public abstract String type();

    /** The root of the tree. */
    public abstract Dentry root();

    /**
     * The options that {@code mountinfo} shows after those that all types have, each after a comma: {@code ,size=4k}. Without
     * white space, {@code \\} and {@code #}, which are to be escaped as the kernel does.
     */
    protected String options() {
        return "";
    }

    /** Begins to change the options; by default there are none that can be changed. */
    protected FileSystemChange change(FileSystemLog log) {
        return FileSystemChange.NONE;
    }

    /** Whether a mount may show other owners than files have ({@code FS_ALLOW_IDMAP}). */
    protected boolean allowsIdMapping() {
        return false;
    }

    /** Whether options in the data of mount(2) with MS_REMOUNT are passed over, right or wrong. */
    protected boolean ignoresRemountData() {
        return false;
    }

    /**
     * Whether files without a name are still in use, which are to be removed when they are not: meanwhile this file system cannot
     * become read-only. What is mounted somewhere need not be looked for.
     */
    protected boolean hasOrphans() {
        return false;
    }

    /** Makes operations that wait for something outside fail, for umount2(2) with MNT_FORCE. Does nothing by default. */
    protected void abort() {}

    /**
     * Lets go of what this file system holds: the last mount and the last description of a file are gone. Called once. A walk
     * that began before may still come by; it must end, be it with an error.
     */
    protected void release() {}

    /** Changes whenever an entry gets another parent or name, so that a way up that was read meanwhile does not count. */
    protected long moves() {
        return 0;
    }

    /** Whether a file is a device, a pipe or a socket: writing to it changes nothing here. */
    protected boolean isSpecial(Dentry dentry) {
        return false;
    }

    /** How long a door may remember a file. */
    public CachePolicy cachePolicy(Dentry dentry) {
        return CachePolicy.NONE;
    }

    /**
     * What stands for the file itself, by whichever of its names it was found: the same object for all hard links of a file, for as
     * long as one of their dentries is in use. By default each dentry is a file of its own.
     */
    public Object identityOf(Dentry dentry) {
        return dentry;
    }

    /**
     * Whether a file is known, without a look at it, to be the same as one of this or of another file system: in its attributes, in its
     * data and, if it is a directory, in all beneath, where no file has got a name elsewhere that it has not there. False means that
     * it is to be found out. Who compares trees asks the file systems of both.
     */
    public boolean isKnownSame(Dentry file, FileSystem other, Dentry others) {
        return this == other && identityOf(file) == other.identityOf(others);
    }

    /** The same of the data of two regular files alone. */
    public boolean isDataKnownSame(Dentry file, FileSystem other, Dentry others) {
        return isKnownSame(file, other, others);
    }

    /** What the host's kernel finds a file by, if it is one of the host; else null. */
    public @Nullable LastingHandle handleOf(Dentry dentry) {
        return null;
    }

    /** The inode number of the file of a handle, wherever it is in its file system; 0 if it is not known here. */
    public long numberOf(LastingHandle handle) {
        return 0;
    }

    /** The locks on the files of this file system. Each belongs to a file as {@link #identityOf} knows it. */
    public final LockTable locks() {
        return locks;
    }

    /** Whether a dentry is a directory. */
    protected abstract boolean isDirectory(Dentry dentry);

    /** The parent of a dentry, or null for the root. */
    protected abstract @Nullable Dentry parentOf(Dentry dentry);

    /** The name of a dentry in its parent. */
    protected abstract Name nameOf(Dentry dentry);

    /** Whether the name that a dentry stands for was removed. */
    protected boolean isUnlinked(Dentry dentry) {
        return false;
    }

    /** Whether a name was removed that was the last one of its file, and no description came by it that is still open. */
    protected boolean isGone(Dentry dentry) {
        return false;
    }

    /** Visits the dentries of a file that are in directories. */
    protected void forEachName(Dentry dentry, Consumer<Dentry> visitor) {
        if (!isUnlinked(dentry)) {
            visitor.accept(dentry);
        }
    }

    /** Visits the entries of a directory, as far as they are known. */
    protected void forEachChild(Dentry directory, Consumer<Dentry> visitor) {}

    /** Whether {@link #forEachChild} visits all entries of a directory, and will until the directory is gone. */
    protected boolean hasFetchedEntries(Dentry directory) {
        return true;
    }

    /** Looks for the entries of a directory that {@link #forEachChild} does not yet visit. */
    protected void fetchEntries(Dentry directory) throws ErrnoException {}

    /** Returns when every change that began before has taken effect. */
    protected void settle() {}

    /** Fills what statfs(2) tells. */
    protected abstract void statFileSystem(Dentry dentry, FileSystemStatistics out) throws ErrnoException;

    /** Walks to the end and leaves the dentry in {@link ResolvingPath#found}. */
    protected abstract int lookupAt(ResolvingPath path) throws ErrnoException;

    /** Walks to the directory of the last component, which stays the present one, and leaves it as found. */
    protected abstract int parentAt(ResolvingPath path) throws ErrnoException;

    /** stat(2). */
    protected abstract int statAt(ResolvingPath path, Stat out) throws ErrnoException;

    /** access(2) with the credentials of the path; {@code wanted} is of {@link Permissions}. */
    protected abstract int accessAt(ResolvingPath path, int wanted) throws ErrnoException;

    /** open(2); leaves the description in {@link ResolvingPath#opened}. */
    protected abstract int openAt(ResolvingPath path, OpenOptions options) throws ErrnoException;

    /** readlink(2): copies as much of the target as fits; leaves its length in {@link ResolvingPath#length}. */
    protected abstract int readlinkAt(ResolvingPath path, MemorySegment target) throws ErrnoException;

    /** chmod(2), chown(2), truncate(2), utimensat(2). */
    protected abstract int setStatAt(ResolvingPath path, SetStat change) throws ErrnoException;

    /** mkdir(2); the umask of the credentials is not yet applied. */
    protected abstract int mkdirAt(ResolvingPath path, int mode) throws ErrnoException;

    /** mknod(2), also of regular files; the umask of the credentials is not yet applied. */
    protected abstract int mknodAt(ResolvingPath path, int mode, long device) throws ErrnoException;

    /** symlink(2); the target's bytes, of which there are 1 to 4095. */
    protected abstract int symlinkAt(ResolvingPath path, MemorySegment target) throws ErrnoException;

    /** link(2) of a file that was found before. */
    protected abstract int linkAt(ResolvingPath path, VirtualDentry existing) throws ErrnoException;

    /** unlink(2). */
    protected abstract int unlinkAt(ResolvingPath path) throws ErrnoException;

    /** rmdir(2). */
    protected abstract int rmdirAt(ResolvingPath path) throws ErrnoException;

    /** renameat2(2) to the path; {@code from} stands at its last component, whose directory it found. */
    protected abstract int renameAt(ResolvingPath path, ResolvingPath from, int flags) throws ErrnoException;

    /** getxattr(2): copies the value if the target has room for it; leaves its length in {@link ResolvingPath#length}. */
    protected int getXattrAt(ResolvingPath path, Name name, MemorySegment target) throws ErrnoException {
        int outcome = lookupAt(path);
        return outcome == DONE ? -Errno.EOPNOTSUPP.number() : outcome;
    }

    /** listxattr(2): copies NUL-terminated names; leaves their length in {@link ResolvingPath#length}. */
    protected int listXattrAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        path.length(0);
        return lookupAt(path);
    }

    /** setxattr(2); EROFS on a read-only mount comes before all that the file says. */
    protected int setXattrAt(ResolvingPath path, Name name, MemorySegment value, int flags) throws ErrnoException {
        return refuseXattrChange(path, lookupAt(path));
    }

    /** removexattr(2); EROFS on a read-only mount comes before all that the file says. */
    protected int removeXattrAt(ResolvingPath path, Name name) throws ErrnoException {
        return refuseXattrChange(path, lookupAt(path));
    }

    private static int refuseXattrChange(ResolvingPath path, int outcome) {
        if (outcome != DONE) {
            return outcome;
        }
        return path.mount().isReadOnly() ? -Errno.EROFS.number() : -Errno.EOPNOTSUPP.number();
    }
}
