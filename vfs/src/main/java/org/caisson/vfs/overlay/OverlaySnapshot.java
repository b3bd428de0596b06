package org.caisson.vfs.overlay;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.IdMapping;
import org.caisson.vfs.Mount;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * The state of an {@link OverlayFileSystem} at one moment: each operation is in it as a whole or not at all. It is a {@link Snapshot} of the
 * file system that the upper layer and its work directory are in, and keeps mounts of the others, whose layers do not change. Layers in the
 * same file system as the upper one are shown as they were, too.
 *
 * <p>As for any overlay that is mounted anew, what was unlinked and is still open is not there.
 */
public final class OverlaySnapshot implements AutoCloseable {
    private final VirtualFileSystem system;
    private final Credentials mounter;
    private final OverlayOptions options;
    private final Snapshot snapshot;
    private final List<MountNamespace> namespaces;
    private boolean closed;

    private OverlaySnapshot(LayerStack layers, Snapshot snapshot, List<MountNamespace> namespaces) {
        this.system = layers.system();
        this.mounter = layers.calls().mounter();
        this.options = layers.options();
        this.snapshot = snapshot;
        this.namespaces = namespaces;
    }

    /** Of an overlay in which nothing is changed meanwhile. */
    static OverlaySnapshot of(LayerStack layers, MemFileSystem upper) {
        Snapshot snapshot = upper.snapshot();
        List<MountNamespace> others = new ArrayList<>();
        for (MountNamespace namespace : layers.namespaces()) {
            if (namespace.rootMount().fileSystem() != upper) {
                namespace.acquire();
                others.add(namespace);
            }
        }
        return new OverlaySnapshot(layers, snapshot, others);
    }

    /**
     * A file system that shows the state and cannot be changed: EROFS. It lives as its last mount does, also when the snapshot is closed
     * before.
     *
     * @throws IllegalStateException if the snapshot was closed
     */
    public OverlayFileSystem open() throws ErrnoException {
        return over(snapshot.newClone(), true);
    }

    /** An overlay of the same lower layers whose upper layer begins as it was, with the limits of that, and is changed by itself. */
    public OverlayFileSystem newClone() throws ErrnoException {
        return over(snapshot.newClone(), false);
    }

    /** The same with limits of its own, as {@link Snapshot#newClone(long, long)}. */
    public OverlayFileSystem newClone(long size, long inodes) throws ErrnoException {
        return over(snapshot.newClone(size, inodes), false);
    }

    private OverlayFileSystem over(MemFileSystem upper, boolean readOnly) throws ErrnoException {
        CloneMounts clone = new CloneMounts(system, upper);
        try {
            OverlayOptions cloned = new OverlayOptions(
                    places(options.lowers(), clone),
                    places(options.dataLayers(), clone),
                    place(options.upper(), clone),
                    place(options.work(), clone),
                    options.redirects(),
                    options.metacopy(),
                    options.userAttributes(),
                    options.isVolatile(),
                    options.names());
            return readOnly
                    ? OverlayFileSystem.readOnly(system, mounter, cloned)
                    : OverlayFileSystem.cloned(system, mounter, cloned);
        } finally {
            // The overlay has mounts of its own.
            clone.release();
        }
    }

    /** Mounts of a clone, one for each way in which layers show owners. */
    private record CloneMounts(VirtualFileSystem system, MemFileSystem upper, List<MountNamespace> made) {
        CloneMounts(VirtualFileSystem system, MemFileSystem upper) {
            this(system, upper, new ArrayList<>(List.of(system.newMountNamespace(upper))));
        }

        VirtualDentry root(@Nullable IdMapping mapping) {
            for (MountNamespace known : made) {
                if (known.rootMount().idMapping() == mapping) {
                    return known.root();
                }
            }
            MountNamespace mapped = system.newMappedNamespace(upper, mapping);
            made.add(mapped);
            return mapped.root();
        }

        void release() {
            made.forEach(MountNamespace::release);
        }
    }

    private List<VirtualDentry> places(List<VirtualDentry> directories, CloneMounts clone) throws ErrnoException {
        List<VirtualDentry> places = new ArrayList<>();
        for (VirtualDentry directory : directories) {
            VirtualDentry found = place(directory, clone);
            places.add(found == null ? directory : found);
        }
        return places;
    }

    /** What became of a directory: one of the clone, or of another file system the same by a mount that is in use. */
    private @Nullable VirtualDentry place(@Nullable VirtualDentry directory, CloneMounts clone) throws ErrnoException {
        if (directory == null) {
            return null;
        }
        FileSystem fileSystem = directory.mount().fileSystem();
        IdMapping mapping = directory.mount().idMapping();
        for (MountNamespace namespace : namespaces) {
            Mount known = namespace.rootMount();
            if (known.fileSystem() == fileSystem && known.idMapping() == mapping) {
                return new VirtualDentry(namespace.rootMount(), directory.dentry());
            }
        }
        List<Name> names = new ArrayList<>();
        for (TreeDentry at = (TreeDentry) directory.dentry(); at.parent() != null; at = above(at)) {
            names.add(at.name());
        }
        VirtualDentry place = clone.root(mapping);
        for (Name name : names.reversed()) {
            place = system.lookup(mounter, new PathOperation().root(place).child(place, name));
        }
        return place;
    }

    private static TreeDentry above(TreeDentry dentry) {
        TreeDentry parent = dentry.parent();
        if (parent == null) {
            throw new IllegalStateException("a root is above nothing");
        }
        return parent;
    }

    /** Gives back what only this holds, at the latest when the last clone is released. Closing it again does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        namespaces.forEach(MountNamespace::release);
        snapshot.close();
    }
}
