package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.dev.DeviceTable;
import org.jspecify.annotations.Nullable;

/**
 * The virtual file system: what Linux's system calls on paths do, over mounts of any {@link FileSystem}. Safe for any
 * number of threads, each with a {@link PathOperation} of its own. Operations fail with the errno that Linux gives.
 */
public final class VirtualFileSystem {
    /** So often a path is walked again because what it led to was replaced, and gone when it was to be opened. */
    private static final int PATIENCE = 64;

    private static final int STALE = -Errno.ESTALE.number();

    private static final int PATH_MAX = ResolvingPath.MAX_PATH;

    private final DeviceTable devices;
    private final MountTree tree = new MountTree();

    // What walks read, without a detour.
    private final MountTable mountTable = tree.table();
    private final MountSequence mountSequence = tree.sequence();

    @SuppressWarnings("this-escape") // only kept
    private final MountOperations mounts = new MountOperations(this, tree);

    private volatile LinkProtection protection = LinkProtection.DEFAULT;

    /** Without any mounts, with the standard devices. */
    public VirtualFileSystem() {
        this(DeviceTable.standard());
    }

    /** Without any mounts, with these devices. */
    public VirtualFileSystem(DeviceTable devices) {
        this.devices = devices;
    }

    DeviceTable devices() {
        return devices;
    }

    /** The system calls on mounts. */
    public MountOperations mounts() {
        return mounts;
    }

    /** A namespace of its own whose root is the root of a file system. */
    public MountNamespace newMountNamespace(FileSystem fileSystem) {
        return newMountNamespace(fileSystem, null);
    }

    /** The same, owned by what stands for a user namespace. */
    public MountNamespace newMountNamespace(FileSystem fileSystem, @Nullable Object owner) {
        return newMountNamespace(fileSystem, owner, null);
    }

    /** A namespace of its own whose root shows the files of a file system with other owners, as an id-mapped mount does. */
    public MountNamespace newMappedNamespace(FileSystem fileSystem, @Nullable IdMapping mapping) {
        if (mapping != null && !fileSystem.allowsIdMapping()) {
            throw new IllegalArgumentException("a mount of " + fileSystem.type() + " cannot be id-mapped");
        }
        return newMountNamespace(fileSystem, null, mapping);
    }

    private MountNamespace newMountNamespace(
            FileSystem fileSystem, @Nullable Object owner, @Nullable IdMapping mapping) {
        synchronized (tree) {
            MountNamespace namespace = MountNamespace.make(tree, tree.nextNamespaceId(), owner);
            Name source = Name.of(fileSystem.type());
            Mount root = tree.create(fileSystem, fileSystem.root(), source, MountWords.newMountFlags(0));
            root.setIdMapping(mapping);
            MountTree.settle(root, namespace);
            return namespace;
        }
    }

    /** What may be done in sticky directories. */
    public LinkProtection protection() {
        return protection;
    }

    /** Sets what may be done in sticky directories, from now on. */
    public void protection(LinkProtection wanted) {
        protection = wanted;
    }

    /** Walks to a place. */
    public VirtualDentry lookup(Credentials credentials, PathOperation operation) throws ErrnoException {
        check(tryLookup(credentials, operation));
        return found(operation);
    }

    /** Walks to a place; null if there is none (ENOENT). Costs no exception. */
    public @Nullable VirtualDentry find(Credentials credentials, PathOperation operation) throws ErrnoException {
        int outcome = tryLookup(credentials, operation);
        if (outcome == -Errno.ENOENT.number()) {
            return null;
        }
        check(outcome);
        return found(operation);
    }

    /** Walks to a place; a walk that gets there does not count as a use of the mounts on the way. */
    VirtualDentry lookupUntouched(Credentials credentials, PathOperation operation) throws ErrnoException {
        ResolvingPath path = operation.walk;
        path.leaveMarks(true);
        int outcome;
        try {
            outcome = tryLookup(credentials, operation);
        } finally {
            path.leaveMarks(false);
        }
        if (outcome != FileSystem.DONE) {
            path.touch();
        }
        check(outcome);
        return found(operation);
    }

    private int tryLookup(Credentials credentials, PathOperation operation) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().lookupAt(path);
        }
        return outcome;
    }

    private static VirtualDentry found(PathOperation operation) {
        ResolvingPath path = operation.walk;
        return path.found().through(path.mount());
    }

    /** stat(2) and, for a path that does not follow, lstat(2). */
    public void stat(Credentials credentials, PathOperation operation, Stat out) throws ErrnoException {
        check(tryStat(credentials, operation, out));
    }

    /** The same, but a walk that fails is told by a negated errno and costs no exception; 0 is success. */
    public int tryStat(Credentials credentials, PathOperation operation, Stat out) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().statAt(path, out);
        }
        if (outcome == FileSystem.DONE) {
            out.seenThrough(path.mount(), path.found());
        }
        return outcome;
    }

    /** access(2) with the given credentials; {@code wanted} is a mask of {@link Permissions}, or 0 for existence. */
    public void access(Credentials credentials, PathOperation operation, int wanted) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().accessAt(path, wanted);
        }
        check(outcome);
    }

    /** chmod(2), chown(2), truncate(2), utimensat(2). */
    public void setStat(Credentials credentials, PathOperation operation, SetStat change) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().setStatAt(path, change);
        }
        check(outcome);
    }

    /** open(2). Whether a final symbolic link is followed is decided by O_NOFOLLOW alone. */
    public FileDescription open(Credentials credentials, PathOperation operation, OpenOptions options)
            throws ErrnoException {
        check(OpenRules.validate(options.flags()));
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        path.followFinal(OpenRules.followsFinal(options.flags()));
        boolean writing = OpenRules.writes(options.flags());
        int stale = 0;
        while (outcome == FileSystem.GO_ON || (outcome == STALE && ++stale < PATIENCE)) {
            outcome = outcome == STALE ? path.restart() : openHeld(path, options, writing);
        }
        check(outcome);
        return path.takeOpened();
    }

    /**
     * openat2(2). The RESOLVE flags take the place of those of the operation; whether a final symbolic link is followed is decided by
     * O_NOFOLLOW alone.
     */
    public FileDescription openat2(Credentials credentials, PathOperation operation, OpenHow how)
            throws ErrnoException {
        check(how.validate());
        operation.resolve((int) how.resolve());
        return open(credentials, operation, new OpenOptions((int) how.flags(), (int) how.mode()));
    }

    /** Opens, or walks on, while the mount is held: it is not taken off, nor made read-only beneath a writer, meanwhile. */
    private static int openHeld(ResolvingPath path, OpenOptions options, boolean writing) throws ErrnoException {
        Mount mount = path.mount();
        if (!mount.tryAcquire(writing)) {
            return path.mountsChanged() ? path.restart() : STALE;
        }
        try {
            return mount.fileSystem().openAt(path, options);
        } catch (ErrnoException failure) {
            if (failure.errno() == Errno.ESTALE) {
                return STALE;
            }
            throw failure;
        } finally {
            mount.release(writing);
        }
    }

    /** readlink(2): returns how many bytes were copied; a longer target is cut off. */
    public int readlink(Credentials credentials, PathOperation operation, MemorySegment target) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().readlinkAt(path, target);
        }
        check(outcome);
        return (int) path.length();
    }

    /** mkdir(2); the file system applies the umask of the credentials. */
    public void mkdir(Credentials credentials, PathOperation operation, int mode) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().mkdirAt(path, mode);
        }
        check(outcome);
    }

    /** mknod(2); the file system applies the umask of the credentials. */
    public void mknod(Credentials credentials, PathOperation operation, int mode, long device) throws ErrnoException {
        switch (mode & StatMode.S_IFMT) {
            case 0, StatMode.S_IFREG, StatMode.S_IFCHR, StatMode.S_IFBLK, StatMode.S_IFIFO, StatMode.S_IFSOCK -> {}
            case StatMode.S_IFDIR -> throw Errno.EPERM.exception();
            default -> throw Errno.EINVAL.exception();
        }
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().mknodAt(path, mode, device);
        }
        check(outcome);
    }

    /** symlink(2); the target's bytes come without a terminating NUL. */
    public void symlink(Credentials credentials, PathOperation operation, MemorySegment target) throws ErrnoException {
        if (target.byteSize() == 0) {
            throw Errno.ENOENT.exception();
        }
        if (target.byteSize() >= PATH_MAX) {
            throw Errno.ENAMETOOLONG.exception();
        }
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().symlinkAt(path, target);
        }
        check(outcome);
    }

    /** link(2): a new name, the operation's path, for an existing file. */
    public void link(Credentials credentials, PathOperation existing, PathOperation operation) throws ErrnoException {
        VirtualDentry file = lookup(credentials, existing);
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().linkAt(path, file);
        }
        check(outcome);
    }

    /** unlink(2). */
    public void unlink(Credentials credentials, PathOperation operation) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().unlinkAt(path);
        }
        check(outcome);
    }

    /** rmdir(2). */
    public void rmdir(Credentials credentials, PathOperation operation) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().rmdirAt(path);
        }
        check(outcome);
    }

    /** renameat2(2). */
    public void rename(Credentials credentials, PathOperation from, PathOperation to, int flags) throws ErrnoException {
        check(TreeRename.validate(flags));
        ResolvingPath source = from.walk;
        int outcome = source.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = source.mount().fileSystem().parentAt(source);
        }
        check(outcome);
        ResolvingPath path = to.walk;
        outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().renameAt(path, source, flags);
        }
        check(outcome);
    }

    /** statfs(2). */
    public void statfs(Credentials credentials, PathOperation operation, FileSystemStatistics out)
            throws ErrnoException {
        VirtualDentry place = lookup(credentials, operation);
        place.mount().statistics(place.dentry(), out);
    }

    /** getxattr(2): returns the length of the value, which is copied if there is room; an empty target only asks. */
    public long getXattr(Credentials credentials, PathOperation operation, Name name, MemorySegment target)
            throws ErrnoException {
        check(XattrRules.checkName(name));
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().getXattrAt(path, name, target);
        }
        check(outcome);
        return path.length();
    }

    /** listxattr(2): returns the length of the list of NUL-terminated names; an empty target only asks. */
    public long listXattr(Credentials credentials, PathOperation operation, MemorySegment target)
            throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().listXattrAt(path, target);
        }
        check(outcome);
        return path.length();
    }

    /** setxattr(2). */
    public void setXattr(Credentials credentials, PathOperation operation, Name name, MemorySegment value, int flags)
            throws ErrnoException {
        check(XattrRules.checkArguments(name, value, flags));
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().setXattrAt(path, name, value, flags);
        }
        check(outcome);
        FileSystemObserver observer = path.mount().fileSystem().observer();
        if (observer != null) {
            observer.xattrSet(path.found(), name);
        }
    }

    /** removexattr(2). */
    public void removeXattr(Credentials credentials, PathOperation operation, Name name) throws ErrnoException {
        check(XattrRules.checkName(name));
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().removeXattrAt(path, name);
        }
        check(outcome);
        FileSystemObserver observer = path.mount().fileSystem().observer();
        if (observer != null) {
            observer.xattrSet(path.found(), name);
        }
    }

    /** mount(2) of a file system that exists, see {@link MountOperations}; the source is shown as the type's name. */
    public Mount mount(Credentials credentials, PathOperation target, FileSystem fileSystem, int flags)
            throws ErrnoException {
        return mounts.mount(credentials, Name.of(fileSystem.type()), target, fileSystem, flags);
    }

    /** mount(2) with MS_BIND: makes a file or directory visible at another place. */
    public Mount bind(Credentials credentials, PathOperation source, PathOperation target) throws ErrnoException {
        return mounts.bind(credentials, source, target, false);
    }

    /** mount(2) with MS_REMOUNT | MS_BIND: gives a mount, named by its root, other flags. */
    public void remount(Credentials credentials, PathOperation target, int flags) throws ErrnoException {
        mounts.remount(credentials, target, flags);
    }

    /** umount2(2): takes off the topmost mount at a place; {@code flags} are of {@link MountFlags}. */
    public void unmount(Credentials credentials, PathOperation target, int flags) throws ErrnoException {
        mounts.unmount(credentials, target, flags);
    }

    /**
     * The path of a place as seen from a root (the kernel's {@code d_path}), without a NUL: beneath the top of its tree of mounts if it
     * is out of the root's reach, and marked if its name was removed.
     */
    public byte[] pathOf(VirtualDentry root, VirtualDentry place) {
        synchronized (tree) {
            return PathBuilder.pathOf(root, place);
        }
    }

    /** getcwd(2): as {@link #pathOf}, marked if it is out of the root's reach; ENOENT if its name was removed. */
    public byte[] workingDirectoryPath(VirtualDentry root, VirtualDentry place) throws ErrnoException {
        if (place.dentry().isGone()) {
            throw Errno.ENOENT.exception();
        }
        synchronized (tree) {
            return PathBuilder.markedPathOf(root, place);
        }
    }

    @Nullable
    Mount topMountOn(Mount mount, Dentry dentry) {
        return mountTable.top(mount, dentry);
    }

    MountSequence mountSequence() {
        return mountSequence;
    }

    /** Whether something is mounted on a dentry in a namespace. */
    boolean isMountPointIn(@Nullable MountNamespace namespace, Dentry dentry) {
        synchronized (tree) {
            return tree.points().isPointIn(namespace, dentry);
        }
    }

    /** Takes off what is mounted on a dentry whose name was removed. */
    void detachMounts(Dentry dentry) {
        synchronized (tree) {
            tree.detachFrom(dentry);
        }
        tree.disposeLoose();
    }

    private static void check(int outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }
}
