package org.caisson.vfs;

import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/**
 * One file system, or a part of one, attached at one place of one namespace.
 *
 * <p>Where it is mounted and its flags are written under the mount lock of the
 * {@link VirtualFileSystem} and published by volatile writes.
 */
public final class Mount {
    /** The {@link MountFlags} that a mount can carry. */
    public static final int FLAGS = MountFlags.MS_RDONLY
            | MountFlags.MS_NOSUID
            | MountFlags.MS_NODEV
            | MountFlags.MS_NOEXEC
            | MountFlags.MS_NOSYMFOLLOW;

    private final FileSystem fileSystem;
    private final VirtualDentry root;
    private final MountNamespace namespace;
    private final long id;

    /** Open descriptions and other users that umount(2) finds busy. */
    private final AtomicInteger users = new AtomicInteger();

    private volatile int flags;

    /** What this mount covers; null for the root of a namespace and for what was taken off. */
    private volatile @Nullable VirtualDentry point;

    private volatile boolean detached;

    private volatile boolean expired;

    Mount(FileSystem fileSystem, Dentry root, MountNamespace namespace, long id, int flags) {
        this.fileSystem = fileSystem;
        this.root = new VirtualDentry(this, root);
        this.namespace = namespace;
        this.id = id;
        this.flags = flags;
    }

    /** The file system behind. */
    public FileSystem fileSystem() {
        return fileSystem;
    }

    /** The root of what is mounted, which need not be the root of the file system (a bind mount). */
    public VirtualDentry root() {
        return root;
    }

    /** Where this mount is seen. */
    public MountNamespace namespace() {
        return namespace;
    }

    /** The mount's id, as in {@code /proc/PID/mountinfo}; never used twice. */
    public long id() {
        return id;
    }

    /** Bits of {@link Mount#FLAGS}. */
    public int flags() {
        return flags;
    }

    /** Whether nothing may be changed through this mount. */
    public boolean isReadOnly() {
        return (flags & MountFlags.MS_RDONLY) != 0;
    }

    boolean isNoDevices() {
        return (flags & MountFlags.MS_NODEV) != 0;
    }

    boolean isNoExec() {
        return (flags & MountFlags.MS_NOEXEC) != 0;
    }

    boolean followsSymlinks() {
        return (flags & MountFlags.MS_NOSYMFOLLOW) == 0;
    }

    /** Makes umount(2) find this mount busy until {@link #release}: for open files and working directories. */
    public void acquire() {
        users.getAndIncrement();
        expired = false;
    }

    /** Undoes one {@link #acquire}. */
    public void release() {
        users.getAndDecrement();
    }

    /** statfs(2) of a place on this mount. */
    void statistics(Dentry dentry, FileSystemStatistics out) throws ErrnoException {
        fileSystem.statFileSystem(dentry, out);
        out.flags |= flags;
    }

    /** What this mount covers; null for the root of a namespace and for what was taken off. */
    public @Nullable VirtualDentry point() {
        return point;
    }

    void setPoint(@Nullable VirtualDentry covered) {
        point = covered;
    }

    /** Whether this mount covers a place; a mount taken off covers nothing. */
    boolean covers(Mount parent, Dentry dentry) {
        VirtualDentry covered = point;
        return covered != null && covered.mount() == parent && covered.dentry() == dentry;
    }

    /** Whether this mount was taken off while it was in use. */
    boolean isDetached() {
        return detached;
    }

    void setDetached() {
        detached = true;
    }

    /** Marks an unused mount; true if it was marked before and not used since. */
    boolean markExpired() {
        boolean before = expired;
        expired = true;
        return before;
    }

    int users() {
        return users.get();
    }

    void setFlags(int bits) {
        flags = bits;
    }
}
