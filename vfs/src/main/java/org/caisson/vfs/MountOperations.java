package org.caisson.vfs;

import java.util.List;
import org.caisson.linux.AtFlags;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/**
 * The system calls on mounts, with the errno and the effects that Linux has. A {@link PathOperation} says whose root and, by
 * {@link PathOperation#namespace}, whose namespace it is about. Changing anything needs CAP_SYS_ADMIN. Safe for several threads.
 */
public final class MountOperations {
    private static final int PROPAGATION =
            MountFlags.MS_SHARED | MountFlags.MS_PRIVATE | MountFlags.MS_SLAVE | MountFlags.MS_UNBINDABLE;
    private static final long NO_USER = 1L << 31;

    /** What does not fit into a page with a NUL at its end is cut off. */
    private static final int LARGEST_DATA = 4096;

    private final VirtualFileSystem virtual;
    private final MountTree tree;
    private final FileSystemTypes types = new FileSystemTypes();
    private final Grafting grafting;
    private final Remounting remounting;
    private final Unmounting unmounting;

    MountOperations(VirtualFileSystem virtual, MountTree tree) {
        this.virtual = virtual;
        this.tree = tree;
        grafting = new Grafting(tree);
        remounting = new Remounting(tree);
        unmounting = new Unmounting(tree);
    }

    /** The types of file systems that can be mounted by name. */
    public FileSystemTypes types() {
        return types;
    }

    /** Sets how many mounts a namespace can have ({@code fs.mount-max}): 100,000 by default. */
    public void setLimit(int mounts) {
        synchronized (tree) {
            tree.setLimit(Math.max(1, mounts));
        }
    }

    /** Something that takes the mount lock, after which mounts may have ended. */
    @FunctionalInterface
    private interface Change {
        void make() throws ErrnoException;
    }

    /** The same with a result. */
    @FunctionalInterface
    private interface Making<T> {
        T make() throws ErrnoException;
    }

    private void change(Change work) throws ErrnoException {
        try {
            work.make();
        } finally {
            tree.disposeLoose();
        }
    }

    private <T> T make(Making<T> work) throws ErrnoException {
        try {
            return work.make();
        } finally {
            tree.disposeLoose();
        }
    }

    private VirtualDentry administer(Credentials credentials, PathOperation target) throws ErrnoException {
        VirtualDentry place = virtual.lookup(credentials, target.followFinal(true));
        requireAdministrator(credentials);
        return place;
    }

    private static void requireAdministrator(Credentials credentials) throws ErrnoException {
        if (!credentials.has(Capability.SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    // mount(2) and umount2(2).

    /**
     * mount(2), whatever the flags make it do.
     *
     * @param source a path for MS_BIND and MS_MOVE, else what is shown as the device
     * @param type the name of a type; needed for a new file system only
     * @param data options of the file system, of which 4095 bytes count
     */
    public void mount(
            Credentials credentials,
            @Nullable Name source,
            PathOperation target,
            @Nullable String type,
            long flags,
            Name data)
            throws ErrnoException {
        if (source != null && source.length() >= ResolvingPath.MAX_PATH) {
            throw Errno.EINVAL.exception();
        }
        VirtualDentry place = virtual.lookup(credentials, target.followFinal(true));
        if ((flags & NO_USER) != 0) {
            throw Errno.EINVAL.exception();
        }
        requireAdministrator(credentials);
        MountCaller caller = MountCaller.of(target);
        Name options = data.length() < LARGEST_DATA ? data : Name.of(data.padded, 0, LARGEST_DATA - 1);
        change(() -> {
            if ((flags & MountFlags.MS_REMOUNT) != 0) {
                remount(credentials, caller, place, flags, options);
            } else if ((flags & MountFlags.MS_BIND) != 0) {
                boolean recursive = (flags & MountFlags.MS_REC) != 0;
                grafting.bind(caller, sourcePlace(credentials, source, target), place, recursive);
            } else if ((flags & PROPAGATION) != 0) {
                changePropagation(place, flags);
            } else if ((flags & MountFlags.MS_MOVE) != 0) {
                grafting.move(caller, sourcePlace(credentials, source, target), place, false);
            } else {
                mountNew(new Mounter(virtual, credentials, target), caller, source, place, type, flags, options);
            }
        });
    }

    private void remount(Credentials credentials, MountCaller caller, VirtualDentry place, long flags, Name data)
            throws ErrnoException {
        if ((flags & MountFlags.MS_BIND) != 0) {
            remounting.changeFlags(caller, place, flags);
            return;
        }
        FileSystem fileSystem = place.mount().fileSystem();
        FileSystemType type = types.find(fileSystem.type());
        List<FileSystemParameter> options = type == null ? FileSystemParameter.parse(data) : type.parseData(data);
        if (fileSystem.ignoresRemountData()) {
            options = List.of();
        }
        remounting.remount(credentials, caller, place, flags, options);
    }

    private void changePropagation(VirtualDentry place, long flags) throws ErrnoException {
        PropagationType type = PropagationType.of(flags & ~(long) (MountFlags.MS_REC | MountFlags.MS_SILENT));
        if (type == null) {
            throw Errno.EINVAL.exception();
        }
        remounting.changePropagation(place, type, (flags & MountFlags.MS_REC) != 0);
    }

    private VirtualDentry sourcePlace(Credentials credentials, @Nullable Name source, PathOperation target)
            throws ErrnoException {
        if (source == null || source.length() == 0) {
            throw Errno.EINVAL.exception();
        }
        return virtual.lookup(credentials, target.sibling(source).followFinal(true));
    }

    private void mountNew(
            Mounter mounter,
            MountCaller caller,
            @Nullable Name source,
            VirtualDentry place,
            @Nullable String typeName,
            long flags,
            Name data)
            throws ErrnoException {
        if (typeName == null) {
            throw Errno.EINVAL.exception();
        }
        FileSystemType type = types.find(typeName);
        if (type == null) {
            throw Errno.ENODEV.exception();
        }
        try (FileSystemContext context = FileSystemContext.create(mounter, type)) {
            context.nameFlags(flags, SuperBlock.FLAGS);
            if (source != null) {
                context.take(new FileSystemParameter.Text("source", source));
            }
            for (FileSystemParameter option : type.parseData(data)) {
                context.take(option);
            }
            context.create();
            grafting.add(caller, place, context.toMount(), context.source(), MountWords.newMountFlags(flags));
            context.mounted();
        }
    }

    /**
     * mount(2) of a file system that exists. Its own flags are set by the first mount of it; EBUSY if a later one differs in
     * MS_RDONLY.
     *
     * @param source what is shown as the device
     * @param flags of {@link MountFlags}
     */
    public Mount mount(Credentials credentials, Name source, PathOperation target, FileSystem fileSystem, long flags)
            throws ErrnoException {
        VirtualDentry place = administer(credentials, target);
        SuperBlock superBlock = fileSystem.superBlock();
        if (superBlock.isReleased()) {
            throw Errno.ENODEV.exception();
        }
        if (!superBlock.isActive()) {
            superBlock.setFlags((int) flags & SuperBlock.FLAGS);
        } else if (((superBlock.flags() ^ flags) & MountFlags.MS_RDONLY) != 0) {
            throw Errno.EBUSY.exception();
        }
        MountCaller caller = MountCaller.of(target);
        return make(() -> grafting.add(caller, place, fileSystem, source, MountWords.newMountFlags(flags)));
    }

    /** mount(2) with MS_BIND and perhaps MS_REC: makes a file or directory visible at another place. */
    public Mount bind(Credentials credentials, PathOperation source, PathOperation target, boolean recursive)
            throws ErrnoException {
        VirtualDentry place = administer(credentials, target);
        VirtualDentry from = virtual.lookup(credentials, source.followFinal(true));
        MountCaller caller = MountCaller.of(target);
        return make(() -> grafting.bind(caller, from, place, recursive));
    }

    /** mount(2) with MS_MOVE. */
    public void move(Credentials credentials, PathOperation source, PathOperation target) throws ErrnoException {
        VirtualDentry place = administer(credentials, target);
        VirtualDentry from = virtual.lookup(credentials, source.followFinal(true));
        MountCaller caller = MountCaller.of(target);
        change(() -> {
            grafting.move(caller, from, place, false);
        });
    }

    /** mount(2) with MS_REMOUNT | MS_BIND: gives a mount, named by its root, other flags. */
    public void remount(Credentials credentials, PathOperation target, long flags) throws ErrnoException {
        remounting.changeFlags(MountCaller.of(target), administer(credentials, target), flags);
    }

    /** mount(2) with MS_SHARED and its kin. */
    public void setPropagation(Credentials credentials, PathOperation target, PropagationType type, boolean recursive)
            throws ErrnoException {
        remounting.changePropagation(administer(credentials, target), type, recursive);
    }

    /** umount2(2): takes off the topmost mount at a place; {@code flags} are of {@link MountFlags}. */
    public void unmount(Credentials credentials, PathOperation target, int flags) throws ErrnoException {
        int known = MountFlags.MNT_FORCE | MountFlags.MNT_DETACH | MountFlags.MNT_EXPIRE | MountFlags.UMOUNT_NOFOLLOW;
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        target.followFinal((flags & MountFlags.UMOUNT_NOFOLLOW) == 0);
        VirtualDentry place = virtual.lookupUntouched(credentials, target);
        requireAdministrator(credentials);
        MountCaller caller = MountCaller.of(target);
        change(() -> {
            unmounting.unmount(credentials, caller, place, flags);
        });
    }

    /**
     * pivot_root(2): makes a mount the root of the namespace and puts the old one onto a place beneath. Tasks whose root or working
     * directory is the old root are to get the new one, which is the result.
     */
    public VirtualDentry pivotRoot(Credentials credentials, PathOperation newRoot, PathOperation putOld)
            throws ErrnoException {
        requireAdministrator(credentials);
        VirtualDentry next = directory(credentials, newRoot);
        VirtualDentry old = directory(credentials, putOld);
        MountCaller caller = MountCaller.of(newRoot);
        return make(() -> {
            unmounting.pivot(caller, next, old, grafting);
            return next;
        });
    }

    private VirtualDentry directory(Credentials credentials, PathOperation operation) throws ErrnoException {
        VirtualDentry place = virtual.lookup(credentials, operation.followFinal(true));
        if (!place.mount().fileSystem().isDirectory(place.dentry())) {
            throw Errno.ENOTDIR.exception();
        }
        return place;
    }

    // Namespaces.

    /**
     * Copies a namespace, as clone(2) and unshare(2) with CLONE_NEWNS do.
     *
     * @param owner stands for the user namespace that is to own the copy; if it is not the one that owns the original, mounts get
     *     no events of the copy's and what they are like is locked there
     * @param root the task's root
     * @param workingDirectory the task's working directory
     */
    public NamespaceCopy copyNamespace(
            Credentials credentials,
            MountNamespace original,
            @Nullable Object owner,
            VirtualDentry root,
            VirtualDentry workingDirectory)
            throws ErrnoException {
        requireAdministrator(credentials);
        return make(() -> NamespaceCopy.make(tree, original, owner, root, workingDirectory));
    }

    /**
     * setns(2): acquires a namespace for a task, and the mount that becomes its root and working directory: the topmost one on the
     * namespace's root. The task gives up what it had.
     */
    public VirtualDentry enterNamespace(Credentials credentials, MountNamespace namespace) throws ErrnoException {
        if (!credentials.has(Capability.SYS_ADMIN | Capability.SYS_CHROOT)) {
            throw Errno.EPERM.exception();
        }
        if (namespace.isAnonymous()) {
            throw Errno.EINVAL.exception();
        }
        synchronized (tree) {
            namespace.acquire();
            Mount top = namespace.rootMount().topOfStack();
            top.acquire();
            return top.root();
        }
    }

    // The calls that came with Linux 5.2 and later.

    /**
     * open_tree(2) with OPEN_TREE_CLONE: a copy of what is at a place, attached nowhere.
     *
     * @param flags AT_RECURSIVE to copy the mounts beneath as well, AT_SYMLINK_NOFOLLOW
     */
    public DetachedTree openTree(Credentials credentials, PathOperation source, int flags) throws ErrnoException {
        requireKnown(flags, AtFlags.AT_RECURSIVE | AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_NO_AUTOMOUNT);
        requireAdministrator(credentials);
        source.followFinal((flags & AtFlags.AT_SYMLINK_NOFOLLOW) == 0);
        VirtualDentry from = virtual.lookup(credentials, source);
        MountCaller caller = MountCaller.of(source);
        return make(() -> {
            synchronized (tree) {
                long origin = Grafting.originOf(from.mount());
                Mount copy = grafting.copy(caller, from, (flags & AtFlags.AT_RECURSIVE) != 0);
                grafting.detached(caller, copy, origin);
                return new DetachedTree(tree, copy);
            }
        });
    }

    /**
     * move_mount(2). Whether symbolic links at the end and empty paths are followed is said by the operations.
     *
     * @param flags MOVE_MOUNT_SET_GROUP or MOVE_MOUNT_BENEATH
     */
    public void moveMount(Credentials credentials, PathOperation source, PathOperation target, int flags)
            throws ErrnoException {
        requireAdministrator(credentials);
        int both = MountFlags.MOVE_MOUNT_SET_GROUP | MountFlags.MOVE_MOUNT_BENEATH;
        requireKnown(flags, both);
        if ((flags & both) == both) {
            throw Errno.EINVAL.exception();
        }
        VirtualDentry to = virtual.lookup(credentials, target);
        VirtualDentry from = virtual.lookup(credentials, source);
        MountCaller caller = MountCaller.of(target);
        change(() -> {
            if ((flags & MountFlags.MOVE_MOUNT_SET_GROUP) != 0) {
                grafting.joinGroup(from, to);
            } else {
                grafting.move(caller, from, to, (flags & MountFlags.MOVE_MOUNT_BENEATH) != 0);
            }
        });
    }

    /**
     * mount_setattr(2).
     *
     * @param flags AT_RECURSIVE, AT_SYMLINK_NOFOLLOW
     * @param set {@code MOUNT_ATTR_} bits to set
     * @param clear those to clear before; all of MOUNT_ATTR__ATIME to change how access times are kept
     * @param propagation 0, or one of MS_SHARED and its kin
     */
    public void setAttributes(
            Credentials credentials, PathOperation target, int flags, long set, long clear, long propagation)
            throws ErrnoException {
        setAttributes(credentials, target, flags, set, clear, propagation, null);
    }

    /**
     * The same with MOUNT_ATTR_IDMAP, which only trees that are attached nowhere yet can get, once.
     *
     * @param mapping what stands for the user namespace, with MOUNT_ATTR_IDMAP in {@code set}
     */
    public void setAttributes(
            Credentials credentials,
            PathOperation target,
            int flags,
            long set,
            long clear,
            long propagation,
            @Nullable IdMapping mapping)
            throws ErrnoException {
        requireKnown(flags, AtFlags.AT_RECURSIVE | AtFlags.AT_SYMLINK_NOFOLLOW | AtFlags.AT_NO_AUTOMOUNT);
        requireAdministrator(credentials);
        if (set == 0 && clear == 0 && propagation == 0) {
            return;
        }
        Remounting.AttributeChange change = Remounting.AttributeChange.of(set, clear, propagation, mapping);
        target.followFinal((flags & AtFlags.AT_SYMLINK_NOFOLLOW) == 0);
        VirtualDentry place = virtual.lookup(credentials, target);
        boolean recursive = (flags & AtFlags.AT_RECURSIVE) != 0;
        remounting.changeAttributes(MountCaller.of(target), place, change, recursive);
    }

    /** fsopen(2): begins to configure a new file system; ENODEV if the type is not known. */
    public FileSystemContext openFileSystem(Credentials credentials, String type) throws ErrnoException {
        return openFileSystem(new Mounter(virtual, credentials, null), type);
    }

    /** The same by somebody whose root and working directory are those of an operation: where options that are paths start. */
    public FileSystemContext openFileSystem(Credentials credentials, PathOperation caller, String type)
            throws ErrnoException {
        return openFileSystem(new Mounter(virtual, credentials, caller), type);
    }

    private FileSystemContext openFileSystem(Mounter mounter, String type) throws ErrnoException {
        requireAdministrator(mounter.credentials());
        FileSystemType known = types.find(type);
        if (known == null) {
            throw Errno.ENODEV.exception();
        }
        return FileSystemContext.create(mounter, known);
    }

    /** fspick(2): begins to configure anew the file system of a mount, named by its root. */
    public FileSystemContext pickFileSystem(Credentials credentials, PathOperation target) throws ErrnoException {
        requireAdministrator(credentials);
        VirtualDentry place = virtual.lookup(credentials, target);
        if (!place.mount().isRoot(place.dentry())) {
            throw Errno.EINVAL.exception();
        }
        return FileSystemContext.change(credentials, place.mount().fileSystem());
    }

    /**
     * fsmount(2): mounts what was made, attached nowhere.
     *
     * @param caller says whose namespace it is for; its path is not walked
     * @param attributes {@code MOUNT_ATTR_} bits
     */
    public DetachedTree mountDetached(
            Credentials credentials, PathOperation caller, FileSystemContext context, long attributes)
            throws ErrnoException {
        requireAdministrator(credentials);
        Remounting.AttributeChange change = Remounting.AttributeChange.of(attributes, MountFlags.MOUNT_ATTR__ATIME, 0);
        FileSystem fileSystem = context.toMount();
        MountCaller owner = MountCaller.of(caller);
        synchronized (tree) {
            Mount mount = tree.create(fileSystem, fileSystem.root(), context.source(), change.set());
            grafting.detached(owner, mount, 0);
            context.mounted();
            return new DetachedTree(tree, mount);
        }
    }

    private static void requireKnown(int flags, int known) throws ErrnoException {
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    // What there is.

    /** The text of {@code /proc/PID/mountinfo} for a task in a namespace with a root. */
    public byte[] mountinfo(MountNamespace namespace, VirtualDentry root) {
        synchronized (tree) {
            return MountInfo.mountinfo(namespace, root);
        }
    }

    /** The text of {@code /proc/PID/mounts}. */
    public byte[] mounts(MountNamespace namespace, VirtualDentry root) {
        synchronized (tree) {
            return MountInfo.mounts(namespace, root);
        }
    }

    /**
     * statmount(2).
     *
     * @param caller says whose root it is; its path is not walked
     * @param namespace in which to look
     * @param id a unique id
     */
    public MountStatus statmount(Credentials credentials, PathOperation caller, MountNamespace namespace, long id)
            throws ErrnoException {
        return MountStatus.ask(tree, credentials, MountCaller.of(caller), namespace, id);
    }

    /**
     * listmount(2): the unique ids of the mounts beneath one, at most so many, in order.
     *
     * @param caller says whose root it is; its path is not walked
     * @param namespace in which to look
     * @param above the unique id of a mount, or {@link MountStatus#LSMT_ROOT} for the caller's root
     * @param last where to go on: the last id that was listed before, or 0
     * @param reverse whether the youngest come first
     */
    public long[] listmount(
            Credentials credentials,
            PathOperation caller,
            MountNamespace namespace,
            long above,
            long last,
            int most,
            boolean reverse)
            throws ErrnoException {
        return MountStatus.list(tree, credentials, MountCaller.of(caller), namespace, above, last, most, reverse);
    }
}
