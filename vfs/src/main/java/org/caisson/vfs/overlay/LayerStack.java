package org.caisson.vfs.overlay;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.IdMapping;
import org.caisson.vfs.Mount;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** The layers of an overlay, and how they are read. Immutable but for who is open. */
final class LayerStack {
    private final VirtualFileSystem system;
    private final OverlayOptions options;
    private final LayerCalls calls;
    private final OverlayAttributes attributes;
    private final InodeNumbers numbers;
    private final Layer top;
    private final LayerFile[] lowers;
    private final List<Layer> dataLayers;
    private final @Nullable VirtualDentry work;
    private final List<MountNamespace> namespaces;
    private final OpenOrphans orphans = new OpenOrphans();

    LayerStack(VirtualFileSystem system, Credentials mounter, OverlayOptions options) throws ErrnoException {
        options.validate();
        if (options.upper() != null) {
            requireApart(options.upper(), options.work());
        }
        requireApart(options);
        this.system = system;
        this.options = options;
        calls = new LayerCalls(system, mounter);
        attributes = new OverlayAttributes(options.userAttributes());
        Mounts mounts = new Mounts(system);
        boolean complete = false;
        try {
            VirtualDentry upper = options.upper();
            top = add(mounts, upper != null ? upper : options.lowers().getFirst(), Layer.UPPER);
            List<LayerFile> roots = new ArrayList<>();
            for (VirtualDentry lower : options.lowers()) {
                Layer layer = add(mounts, lower, roots.size() + 1);
                boolean byAttribute = LayerLookup.holdsAttributeWhiteouts(calls, attributes, layer.root());
                roots.add(new LayerFile(layer, layer.root(), byAttribute));
            }
            lowers = roots.toArray(LayerFile[]::new);
            List<Layer> data = new ArrayList<>();
            for (VirtualDentry lower : options.dataLayers()) {
                data.add(add(mounts, lower, roots.size() + data.size() + 1));
            }
            dataLayers = List.copyOf(data);
            numbers = new InodeNumbers(mounts.indexes.size());
            namespaces = mounts.namespaces;
            work = upper == null ? null : mounts.place(requireWork(upper, options.work()));
            complete = true;
        } finally {
            if (!complete) {
                mounts.release();
            }
        }
    }

    /** A mount of our own for each file system and way to show owners, on which nothing else is mounted. */
    private static final class Mounts {
        final IdentityHashMap<FileSystem, Integer> indexes = new IdentityHashMap<>();
        private final VirtualFileSystem system;
        final List<MountNamespace> namespaces = new ArrayList<>();
        private final Map<View, Mount> mounts = new HashMap<>();

        /** A file system as a layer's mount shows it. Mappings are known by their objects, as file systems are. */
        private record View(FileSystem fileSystem, @Nullable IdMapping mapping) {}

        Mounts(VirtualFileSystem system) {
            this.system = system;
        }

        VirtualDentry place(VirtualDentry directory) {
            FileSystem fileSystem = directory.mount().fileSystem();
            View view = new View(fileSystem, directory.mount().idMapping());
            Mount mount = mounts.computeIfAbsent(view, its -> {
                MountNamespace namespace = system.newMappedNamespace(its.fileSystem, its.mapping);
                namespaces.add(namespace);
                return namespace.rootMount();
            });
            indexes.putIfAbsent(fileSystem, indexes.size());
            return new VirtualDentry(mount, directory.dentry());
        }

        void release() {
            namespaces.forEach(MountNamespace::release);
        }

        int index(VirtualDentry directory) {
            return indexes.getOrDefault(directory.mount().fileSystem(), 0);
        }
    }

    private Layer add(Mounts mounts, VirtualDentry directory, int index) throws ErrnoException {
        VirtualDentry place = mounts.place(directory);
        if (!calls.stat(place).isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        return new Layer(index, place, mounts.index(directory));
    }

    private static VirtualDentry requireWork(VirtualDentry upper, @Nullable VirtualDentry work) throws ErrnoException {
        boolean beside = work != null && work.mount() == upper.mount() && work.dentry() != upper.dentry();
        if (work == null || !beside || upper.mount().isReadOnly()) {
            throw Errno.EINVAL.exception();
        }
        return work;
    }

    /** EINVAL if one of the two directories that are written is beneath the other. */
    private static void requireApart(VirtualDentry upper, @Nullable VirtualDentry work) throws ErrnoException {
        boolean same = work != null && work.dentry() == upper.dentry();
        if (work == null || same || isBeneath(upper, work) || isBeneath(work, upper)) {
            throw Errno.EINVAL.exception();
        }
    }

    /** ELOOP if a layer is one of the others, or a lower one beneath it, as far as they are on one file system. */
    private static void requireApart(OverlayOptions options) throws ErrnoException {
        List<VirtualDentry> all = new ArrayList<>(options.lowers());
        all.addAll(options.dataLayers());
        int lowers = all.size();
        VirtualDentry upper = options.upper();
        VirtualDentry work = options.work();
        if (upper != null && work != null) {
            all.add(upper);
            all.add(work);
        }
        Set<Object> tops = new HashSet<>();
        for (VirtualDentry layer : all) {
            if (!tops.add(layer.dentry())) {
                throw Errno.ELOOP.exception();
            }
        }
        for (VirtualDentry layer : all.subList(0, lowers)) {
            for (TreeDentry at = above(layer.dentry()); at != null; at = at.parent()) {
                if (tops.contains(at)) {
                    throw Errno.ELOOP.exception();
                }
            }
        }
    }

    private static @Nullable TreeDentry above(Dentry dentry) {
        return dentry instanceof TreeDentry known ? known.parent() : null;
    }

    private static boolean isBeneath(VirtualDentry one, VirtualDentry other) {
        for (TreeDentry at = above(one.dentry()); at != null; at = at.parent()) {
            if (at == other.dentry()) {
                return true;
            }
        }
        return false;
    }

    /** Lets go of the layers. */
    void release() {
        for (MountNamespace namespace : namespaces) {
            namespace.release();
        }
    }

    /** Has nothing here change access times. */
    void keepAccessTimes() throws ErrnoException {
        for (MountNamespace namespace : namespaces) {
            VirtualDentry top = namespace.root();
            PathOperation whole = new PathOperation().root(top).start(top).path("/");
            system.remount(Credentials.root(), whole, MountFlags.MS_NOATIME);
        }
    }

    VirtualFileSystem system() {
        return system;
    }

    /** Our own mounts of the layers. */
    List<MountNamespace> namespaces() {
        return namespaces;
    }

    OverlayOptions options() {
        return options;
    }

    OpenOrphans orphans() {
        return orphans;
    }

    LayerCalls calls() {
        return calls;
    }

    OverlayAttributes attributes() {
        return attributes;
    }

    boolean hasUpper() {
        return work != null;
    }

    /** The work directory; null without an upper layer. */
    @Nullable
    VirtualDentry work() {
        return work;
    }

    /** The upper layer, or without one the topmost lower one. */
    Layer top() {
        return top;
    }

    /** The tops of the lower layers, topmost first. */
    LayerFile[] lowers() {
        return lowers;
    }

    List<Layer> dataLayers() {
        return dataLayers;
    }

    /** Whether nothing lies beneath a layer but layers of data. */
    boolean isBottom(Layer layer) {
        return layer.index() == lowers.length;
    }

    boolean followsRedirects() {
        return options.redirects() != OverlayOptions.Redirects.NO_FOLLOW;
    }

    /** The number that the overlay shows for a layer's. */
    long shown(Layer layer, long number) {
        return numbers.shown(layer, number);
    }

    /** Whether an entry of a layer's directory, with these attributes, hides what is beneath. */
    boolean isWhiteout(LayerFile directory, Name name, Stat stat) throws ErrnoException {
        if (LayerCalls.isWhiteoutDevice(stat)) {
            return true;
        }
        if (!directory.hasAttributeWhiteouts() || !stat.isRegular() || stat.size != 0) {
            return false;
        }
        VirtualDentry place = calls.find(directory.place(), name);
        return place != null && calls.attribute(place, attributes.whiteout) != null;
    }
}
