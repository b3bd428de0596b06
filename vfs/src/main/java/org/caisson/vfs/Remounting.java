package org.caisson.vfs;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.jspecify.annotations.Nullable;

/** Changes what mounts and their file systems are like where they are. Takes the mount lock. */
final class Remounting {
    private static final long SETTABLE = MountFlags.MOUNT_ATTR_RDONLY
            | MountFlags.MOUNT_ATTR_NOSUID
            | MountFlags.MOUNT_ATTR_NODEV
            | MountFlags.MOUNT_ATTR_NOEXEC
            | MountFlags.MOUNT_ATTR__ATIME
            | MountFlags.MOUNT_ATTR_NODIRATIME
            | MountFlags.MOUNT_ATTR_NOSYMFOLLOW;

    private final MountTree tree;

    Remounting(MountTree tree) {
        this.tree = tree;
    }

    /** mount(2) with MS_REMOUNT | MS_BIND: the flags of one mount. */
    void changeFlags(MountCaller caller, VirtualDentry place, long flags) throws ErrnoException {
        synchronized (tree) {
            Mount mount = changeable(caller, place);
            int wanted = allowed(mount, flags);
            boolean wasReadOnly = mount.isReadOnly();
            if (wasReadOnly) {
                mount.setFlags(wanted);
            } else {
                setFlags(mount, wanted);
            }
            noteChange(mount);
        }
    }

    private static void setFlags(Mount mount, int wanted) throws ErrnoException {
        if (!mount.trySetFlags(wanted)) {
            throw Errno.EBUSY.exception();
        }
    }

    /** mount(2) with MS_REMOUNT: the file system's options and flags, and those of one of its mounts. */
    void remount(
            Credentials credentials,
            MountCaller caller,
            VirtualDentry place,
            long flags,
            List<FileSystemParameter> options)
            throws ErrnoException {
        Mount mount;
        int wanted;
        synchronized (tree) {
            mount = changeable(caller, place);
            wanted = allowed(mount, flags);
        }
        try (FileSystemContext context = FileSystemContext.change(credentials, mount.fileSystem())) {
            for (FileSystemParameter option : options) {
                context.take(option);
            }
            context.nameFlags(flags, SuperBlock.REMOUNT_FLAGS);
            context.reconfigure();
        }
        synchronized (tree) {
            mount.setFlags(wanted);
            noteChange(mount);
        }
    }

    private static Mount changeable(MountCaller caller, VirtualDentry place) throws ErrnoException {
        Mount mount = place.mount();
        if (!caller.sees(mount) || !mount.isRoot(place.dentry())) {
            throw Errno.EINVAL.exception();
        }
        return mount;
    }

    private static int allowed(Mount mount, long flags) throws ErrnoException {
        int wanted = MountWords.remountFlags(flags, mount.flags());
        if (!MountLocks.allow(mount, wanted)) {
            throw Errno.EPERM.exception();
        }
        return wanted;
    }

    private static void noteChange(Mount mount) {
        MountNamespace namespace = mount.namespace();
        if (namespace != null) {
            namespace.noteChange();
        }
    }

    /** mount(2) with MS_SHARED and its kin. */
    void changePropagation(VirtualDentry place, PropagationType type, boolean recursive) throws ErrnoException {
        synchronized (tree) {
            Mount top = place.mount();
            if (!top.isRoot(place.dentry()) || top.namespace() == null) {
                throw Errno.EINVAL.exception();
            }
            changePropagation(top, type, recursive);
        }
    }

    private void changePropagation(Mount top, PropagationType type, boolean recursive) {
        if (type == PropagationType.SHARED) {
            tree.propagation().numberGroups(top, recursive);
        }
        for (Mount mount = top; mount != null; mount = recursive ? MountTree.next(mount, top) : null) {
            tree.propagation().change(mount, type);
        }
    }

    /** mount_setattr(2) of a place. */
    void changeAttributes(MountCaller caller, VirtualDentry place, AttributeChange change, boolean recursive)
            throws ErrnoException {
        synchronized (tree) {
            Mount top = place.mount();
            if (!top.isRoot(place.dentry()) || !(top.isDetachedRoot() || caller.sees(top))) {
                throw Errno.EINVAL.exception();
            }
            requireNoWriters(top, change, recursive);
            setAll(top, change, recursive);
            if (change.idMapping != null) {
                for (Mount mount = top; mount != null; mount = recursive ? MountTree.next(mount, top) : null) {
                    mount.setIdMapping(change.idMapping);
                }
            }
            if (change.propagation != null) {
                changePropagation(top, change.propagation, recursive);
            }
            noteChange(top);
        }
    }

    /** So that mounts are not read-only for a moment if another is found busy. */
    private static void requireNoWriters(Mount top, AttributeChange change, boolean recursive) throws ErrnoException {
        for (Mount mount = top; mount != null; mount = recursive ? MountTree.next(mount, top) : null) {
            int wanted = change.applyTo(mount.flags());
            if (!MountLocks.allow(mount, wanted)) {
                throw Errno.EPERM.exception();
            }
            if (change.idMapping != null) {
                requireMappable(mount);
            }
            boolean needsNone = change.idMapping != null || (wanted & ~mount.flags() & MountFlags.MS_RDONLY) != 0;
            if (needsNone && mount.hasWriters()) {
                throw Errno.EBUSY.exception();
            }
        }
    }

    /** The kernel's {@code can_idmap_mount}: not twice, and only what was never seen. */
    private static void requireMappable(Mount mount) throws ErrnoException {
        if (mount.idMapping() != null) {
            throw Errno.EPERM.exception();
        }
        MountNamespace namespace = mount.namespace();
        if (!mount.fileSystem().allowsIdMapping() || namespace == null || !namespace.isAnonymous()) {
            throw Errno.EINVAL.exception();
        }
    }

    /** All mounts or none. */
    private static void setAll(Mount top, AttributeChange change, boolean recursive) throws ErrnoException {
        List<Mount> done = new ArrayList<>();
        List<Integer> before = new ArrayList<>();
        boolean complete = false;
        try {
            for (Mount mount = top; mount != null; mount = recursive ? MountTree.next(mount, top) : null) {
                done.add(mount);
                before.add(mount.flags());
                setFlags(mount, change.applyTo(mount.flags()));
            }
            complete = true;
        } finally {
            for (int i = 0; i < done.size() && !complete; i++) {
                done.get(i).setFlags(before.get(i));
            }
        }
    }

    /**
     * What mount_setattr(2) is to do.
     *
     * @param set flags of mounts
     * @param cleared flags of mounts, before others are set
     * @param propagation null to leave it
     * @param idMapping null to leave it
     */
    record AttributeChange(
            int set,
            int cleared,
            @Nullable PropagationType propagation,
            @Nullable IdMapping idMapping) {
        int applyTo(int flags) {
            return (flags & ~cleared) | set;
        }

        /** EINVAL for attributes that are unknown or do not go together, EBADF for MOUNT_ATTR_IDMAP without a mapping. */
        static AttributeChange of(long set, long clear, long propagation, @Nullable IdMapping mapping)
                throws ErrnoException {
            boolean maps = (set & MountFlags.MOUNT_ATTR_IDMAP) != 0;
            AttributeChange plain = of(set & ~(long) MountFlags.MOUNT_ATTR_IDMAP, clear, propagation);
            if (maps && mapping == null) {
                throw Errno.EBADF.exception();
            }
            return maps ? new AttributeChange(plain.set, plain.cleared, plain.propagation, mapping) : plain;
        }

        /** The same without MOUNT_ATTR_IDMAP, which is not cleared either. */
        static AttributeChange of(long set, long clear, long propagation) throws ErrnoException {
            PropagationType type = PropagationType.of(propagation);
            if ((propagation != 0 && type == null) || ((set | clear) & ~SETTABLE) != 0) {
                throw Errno.EINVAL.exception();
            }
            int flags = MountWords.flagsOfAttributes(set);
            int cleared = MountWords.flagsOfAttributes(clear);
            long times = MountFlags.MOUNT_ATTR__ATIME;
            if ((clear & times) == 0) {
                if ((set & times) != 0) {
                    throw Errno.EINVAL.exception();
                }
                return new AttributeChange(flags, cleared, type, null);
            }
            int manner = MountWords.flagsOfAccessTime(set);
            if ((clear & times) != times || manner < 0) {
                throw Errno.EINVAL.exception();
            }
            return new AttributeChange(
                    flags | manner, cleared | MountFlags.MS_RELATIME | MountFlags.MS_NOATIME, type, null);
        }
    }
}
