package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.StatMode;
import org.jspecify.annotations.Nullable;

/**
 * The virtual file system: what Linux's system calls on paths do, over mounts of any {@link FileSystem}. Safe for any
 * number of threads, each with a {@link PathOperation} of its own. Operations fail with the errno that Linux gives.
 */
public final class VirtualFileSystem {
    /** So often a path is walked again because what it led to was gone when it was to be opened. */
    private static final int PATIENCE = 64;

    private static final int PATH_MAX = ResolvingPath.MAX_PATH;

    private final MountTable mounts = new MountTable();

    private volatile LinkProtection protection = LinkProtection.DEFAULT;

    /** Without any mounts. */
    public VirtualFileSystem() {}

    /** A namespace of its own whose root is the root of a file system. */
    public MountNamespace newMountNamespace(FileSystem fileSystem) {
        return new MountNamespace(fileSystem, mounts.nextId());
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

    private int tryLookup(Credentials credentials, PathOperation operation) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
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
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().statAt(path, out);
        }
        if (outcome == FileSystem.DONE) {
            out.mountId = path.mount().id();
        }
        return outcome;
    }

    /** access(2) with the given credentials; {@code wanted} is a mask of {@link Permissions}, or 0 for existence. */
    public void access(Credentials credentials, PathOperation operation, int wanted) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().accessAt(path, wanted);
        }
        check(outcome);
    }

    /** chmod(2), chown(2), truncate(2), utimensat(2). */
    public void setStat(Credentials credentials, PathOperation operation, SetStat change) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
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
        int outcome = -Errno.ESTALE.number();
        for (int i = 0; i < PATIENCE && outcome == -Errno.ESTALE.number(); i++) {
            outcome = path.begin(this, credentials, operation);
            path.followFinal(OpenRules.followsFinal(options.flags()));
            while (outcome == FileSystem.GO_ON) {
                outcome = path.mount().fileSystem().openAt(path, options);
            }
        }
        check(outcome == -Errno.ESTALE.number() ? -Errno.ENOENT.number() : outcome);
        return path.takeOpened();
    }

    /** readlink(2): returns how many bytes were copied; a longer target is cut off. */
    public int readlink(Credentials credentials, PathOperation operation, MemorySegment target) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().readlinkAt(path, target);
        }
        check(outcome);
        return (int) path.length();
    }

    /** mkdir(2); the file system applies the umask of the credentials. */
    public void mkdir(Credentials credentials, PathOperation operation, int mode) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
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
        int outcome = path.begin(this, credentials, operation);
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
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().symlinkAt(path, target);
        }
        check(outcome);
    }

    /** link(2): a new name, the operation's path, for an existing file. */
    public void link(Credentials credentials, PathOperation existing, PathOperation operation) throws ErrnoException {
        VirtualDentry file = lookup(credentials, existing);
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().linkAt(path, file);
        }
        check(outcome);
    }

    /** unlink(2). */
    public void unlink(Credentials credentials, PathOperation operation) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().unlinkAt(path);
        }
        check(outcome);
    }

    /** rmdir(2). */
    public void rmdir(Credentials credentials, PathOperation operation) throws ErrnoException {
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().rmdirAt(path);
        }
        check(outcome);
    }

    /** renameat2(2). */
    public void rename(Credentials credentials, PathOperation from, PathOperation to, int flags) throws ErrnoException {
        check(TreeRename.validate(flags));
        ResolvingPath source = from.walk;
        int outcome = source.begin(this, credentials, from);
        while (outcome == FileSystem.GO_ON) {
            outcome = source.mount().fileSystem().parentAt(source);
        }
        check(outcome);
        ResolvingPath path = to.walk;
        outcome = path.begin(this, credentials, to);
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
        int outcome = path.begin(this, credentials, operation);
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
        int outcome = path.begin(this, credentials, operation);
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
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().setXattrAt(path, name, value, flags);
        }
        check(outcome);
    }

    /** removexattr(2). */
    public void removeXattr(Credentials credentials, PathOperation operation, Name name) throws ErrnoException {
        check(XattrRules.checkName(name));
        ResolvingPath path = operation.walk;
        int outcome = path.begin(this, credentials, operation);
        while (outcome == FileSystem.GO_ON) {
            outcome = path.mount().fileSystem().removeXattrAt(path, name);
        }
        check(outcome);
    }

    /** mount(2) of a file system; {@code flags} are of {@link MountFlags}. Needs CAP_SYS_ADMIN. */
    public Mount mount(Credentials credentials, PathOperation target, FileSystem fileSystem, int flags)
            throws ErrnoException {
        requireAdministrator(credentials);
        return mounts.attach(fileSystem, fileSystem.root(), lookup(credentials, target.followFinal(true)), flags);
    }

    /** mount(2) with MS_BIND: makes a file or directory visible at another place, with flags of its own. */
    public Mount bind(Credentials credentials, PathOperation source, PathOperation target) throws ErrnoException {
        requireAdministrator(credentials);
        VirtualDentry from = lookup(credentials, source.followFinal(true));
        Mount origin = from.mount();
        VirtualDentry point = lookup(credentials, target.followFinal(true));
        return mounts.attach(origin.fileSystem(), from.dentry(), point, origin.flags());
    }

    /** mount(2) with MS_REMOUNT | MS_BIND: gives a mount, named by its root, other flags. */
    public void remount(Credentials credentials, PathOperation target, int flags) throws ErrnoException {
        requireAdministrator(credentials);
        VirtualDentry place = lookup(credentials, target.followFinal(true));
        mounts.remount(place, flags);
    }

    /** umount2(2): takes off the topmost mount at a place; {@code flags} are of {@link MountFlags}. */
    public void unmount(Credentials credentials, PathOperation target, int flags) throws ErrnoException {
        int known = MountFlags.MNT_FORCE | MountFlags.MNT_DETACH | MountFlags.MNT_EXPIRE | MountFlags.UMOUNT_NOFOLLOW;
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        target.followFinal((flags & MountFlags.UMOUNT_NOFOLLOW) == 0);
        VirtualDentry place = lookup(credentials, target);
        requireAdministrator(credentials);
        mounts.detach(place, flags);
    }

    /** The path of a place as seen from a root (the kernel's {@code d_path}), without a NUL. */
    public byte[] pathOf(VirtualDentry root, VirtualDentry place) {
        return PathBuilder.pathOf(root, place);
    }

    @Nullable
    Mount topMountOn(Mount mount, Dentry dentry) {
        return mounts.top(mount, dentry);
    }

    private static void requireAdministrator(Credentials credentials) throws ErrnoException {
        if (!credentials.has(Capability.SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    private static void check(int outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }
}
