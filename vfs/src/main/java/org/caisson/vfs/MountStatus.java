package org.caisson.vfs;

import java.util.stream.StreamSupport;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/**
 * What statmount(2) tells of a mount.
 *
 * @param deviceMajor of the file system's device number
 * @param deviceMinor of the same
 * @param magic the file system's magic number
 * @param superFlags SB_RDONLY, SB_SYNCHRONOUS, SB_DIRSYNC and SB_LAZYTIME, which are as {@link MountFlags} has them
 * @param id the mount's unique id
 * @param parentId its parent's; its own if it has no parent
 * @param oldId its id as in {@code mountinfo}
 * @param oldParentId its parent's
 * @param attributes {@code MOUNT_ATTR_} bits
 * @param propagation MS_SHARED, MS_SLAVE, MS_UNBINDABLE or MS_PRIVATE
 * @param peerGroup the peer group's number or 0
 * @param master the group from which events come, or 0
 * @param propagateFrom the nearest of those groups that the caller can see, or 0
 * @param root the root of the mount within its file system
 * @param point where it is mounted, from the caller's root; null if that is not above it
 * @param type the file system's type
 * @param source what was given as its source
 * @param options its own options, separated by commas
 * @param namespaceId the id of the namespace
 */
public record MountStatus(
        int deviceMajor,
        int deviceMinor,
        long magic,
        int superFlags,
        long id,
        long parentId,
        int oldId,
        int oldParentId,
        long attributes,
        long propagation,
        int peerGroup,
        int master,
        int propagateFrom,
        Name root,
        @Nullable Name point,
        String type,
        Name source,
        String options,
        long namespaceId) {

    /** Stands for the caller's root in listmount(2). */
    public static final long LSMT_ROOT = -1;

    private static final int SUPER_FLAGS =
            MountFlags.MS_RDONLY | MountFlags.MS_SYNCHRONOUS | MountFlags.MS_DIRSYNC | MountFlags.MS_LAZYTIME;

    /** Under the mount lock. */
    private static MountStatus of(Mount mount, MountNamespace namespace, VirtualDentry root, long magic) {
        FileSystem fileSystem = mount.fileSystem();
        Mount above = mount.parent();
        Mount parent = above == null ? mount : above;
        Mount master = mount.master;
        byte[] point = PathBuilder.reachablePathOf(root, mount.root());
        String options = fileSystem.options();
        return new MountStatus(
                MountInfo.major(fileSystem.device()),
                MountInfo.minor(fileSystem.device()),
                magic,
                fileSystem.superBlock().flags() & SUPER_FLAGS,
                mount.uniqueId(),
                parent.uniqueId(),
                mount.id(),
                parent.id(),
                MountWords.attributesOf(mount.flags()) | (mount.idMapping() == null ? 0 : MountFlags.MOUNT_ATTR_IDMAP),
                propagationOf(mount),
                mount.group,
                master == null ? 0 : master.group,
                MountInfo.reachableSource(mount, root),
                name(MountInfo.pathOfRoot(mount)),
                point == null ? null : name(point),
                fileSystem.type(),
                mount.source(),
                options.isEmpty() ? "" : options.substring(1),
                namespace.id());
    }

    private static Name name(byte[] bytes) {
        return Name.of(bytes, 0, bytes.length);
    }

    private static long propagationOf(Mount mount) {
        long flags = mount.shared ? MountFlags.MS_SHARED : 0;
        if (mount.isSlave()) {
            flags |= MountFlags.MS_SLAVE;
        }
        if (mount.unbindable) {
            flags |= MountFlags.MS_UNBINDABLE;
        }
        return flags == 0 ? MountFlags.MS_PRIVATE : flags;
    }

    /** statmount(2) of a mount in a namespace. */
    static MountStatus ask(
            MountTree tree, Credentials credentials, MountCaller caller, MountNamespace namespace, long id)
            throws ErrnoException {
        if (id >= 0 && id <= MountTree.UNIQUE_ID_OFFSET) {
            throw Errno.EINVAL.exception();
        }
        Mount mount;
        VirtualDentry root;
        synchronized (tree) {
            Mount found = namespace.mount(id);
            if (found == null) {
                throw Errno.ENOENT.exception();
            }
            mount = found;
            root = rootIn(namespace, caller);
            requireSight(credentials, mount, mount.root().dentry(), root);
        }
        // Not under the lock: a file system may have to ask somebody.
        FileSystemStatistics statistics = new FileSystemStatistics();
        mount.fileSystem().statFileSystem(mount.root().dentry(), statistics);
        synchronized (tree) {
            return of(mount, namespace, root, statistics.type);
        }
    }

    /**
     * listmount(2): the unique ids of the mounts beneath one, at most so many, in order.
     *
     * @param above the unique id of a mount, or {@link #LSMT_ROOT}
     * @param last where to go on: the last id that was listed before, or 0
     */
    static long[] list(
            MountTree tree,
            Credentials credentials,
            MountCaller caller,
            MountNamespace namespace,
            long above,
            long last,
            int most,
            boolean reverse)
            throws ErrnoException {
        boolean knownAbove = above == LSMT_ROOT || above < 0 || above > MountTree.UNIQUE_ID_OFFSET;
        if (!knownAbove || (last > 0 && last <= MountTree.UNIQUE_ID_OFFSET)) {
            throw Errno.EINVAL.exception();
        }
        synchronized (tree) {
            VirtualDentry root = rootIn(namespace, caller);
            VirtualDentry top = root;
            if (above != LSMT_ROOT) {
                Mount mount = namespace.mount(above);
                if (mount == null) {
                    throw Errno.ENOENT.exception();
                }
                top = mount.root();
            }
            requireSight(credentials, top.mount(), top.dentry(), root);
            VirtualDentry from = top;
            Iterable<Mount> mounts =
                    reverse ? namespace.mountsBefore(last == 0 ? Long.MAX_VALUE : last) : namespace.mountsAfter(last);
            return StreamSupport.stream(mounts.spliterator(), false)
                    .filter(mount -> mount.uniqueId() != above)
                    .filter(mount -> PathBuilder.isReachable(mount, mount.root().dentry(), from))
                    .limit(most)
                    .mapToLong(Mount::uniqueId)
                    .toArray();
        }
    }

    private static VirtualDentry rootIn(MountNamespace namespace, MountCaller caller) throws ErrnoException {
        if (namespace == caller.namespace()) {
            return caller.root();
        }
        Mount first = namespace.isEmpty() ? null : namespace.firstOnRoot();
        if (first == null) {
            throw Errno.ENOENT.exception();
        }
        return first.root();
    }

    private static void requireSight(Credentials credentials, Mount mount, Dentry dentry, VirtualDentry root)
            throws ErrnoException {
        if (!PathBuilder.isReachable(mount, dentry, root) && !credentials.has(Capability.SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }
}
