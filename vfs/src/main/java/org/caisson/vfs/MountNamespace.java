package org.caisson.vfs;

/** A tree of mounts, beginning at one file system's root. */
public final class MountNamespace {
    private final Mount rootMount;

    MountNamespace(FileSystem fileSystem, long rootMountId) {
        rootMount = new Mount(fileSystem, fileSystem.root(), this, rootMountId, 0);
    }

    /** The mount that the tree begins with. */
    public Mount rootMount() {
        return rootMount;
    }

    /** The root directory. */
    public VirtualDentry root() {
        return rootMount.root();
    }
}
