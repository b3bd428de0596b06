package org.caisson.image.tree;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.oci.Digest;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.IdMapping;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.Subtree;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;

/** The layers of an image, open. They must stay in the store meanwhile. For one thread. */
public final class ImageLayers implements AutoCloseable {
    private final VirtualFileSystem system;
    private final Map<Path, ErofsFileSystem> known;
    private final Deque<Runnable> open = new ArrayDeque<>();
    /** The uppermost first. */
    private final List<VirtualDentry> layers = new ArrayList<>();

    private ImageLayers(VirtualFileSystem system, Map<Path, ErofsFileSystem> known) {
        this.system = system;
        this.known = known;
    }

    /** Where the layers of an image lie, the uppermost first. */
    public static List<Path> files(ImageStore store, StoredImage image) {
        List<Path> files = new ArrayList<>();
        for (Digest diffId : image.config().diffIds().reversed()) {
            files.add(store.layer(diffId));
        }
        return files;
    }

    /** Opens EROFS images, the uppermost layer first. */
    public static ImageLayers open(List<Path> files) throws ErrnoException {
        return open(new ImageLayers(new VirtualFileSystem(), new HashMap<>()), files);
    }

    /** Those of another image, to be compared with these, which are to be closed later. Layers of both are known to be the same. */
    public ImageLayers beside(List<Path> files) throws ErrnoException {
        return open(new ImageLayers(system, known), files);
    }

    private static ImageLayers open(ImageLayers made, List<Path> files) throws ErrnoException {
        try {
            for (Path file : files) {
                made.add(file);
            }
            return made;
        } catch (ErrnoException e) {
            made.close();
            throw e;
        }
    }

    private void add(Path file) throws ErrnoException {
        ErofsFileSystem layer = known.get(file);
        if (layer == null) {
            try (OwnedFd image = FileCalls.open(file.toString(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
                ErofsFileSystem opened = ErofsFileSystem.open(image);
                open.push(opened::close);
                known.put(file, opened);
                layer = opened;
            }
        }
        layers.add(root(layer));
    }

    private VirtualDentry root(FileSystem fileSystem) {
        return system.newMountNamespace(fileSystem).root();
    }

    private Subtree tree(VirtualDentry top) {
        return new Subtree(system, Credentials.root(), top);
    }

    /** How many there are. */
    public int count() {
        return layers.size();
    }

    /** What a layer alone holds, its marks of what it takes away among the rest; 0 for the lowest. */
    public Subtree layer(int index) {
        return tree(layers.get(layers.size() - 1 - index));
    }

    /** All layers as a container sees them. */
    public Subtree merged() throws ErrnoException {
        return tree(layers.isEmpty() ? root(nothing()) : root(overlay(layers)));
    }

    /** An empty tree, to compare with. */
    public Subtree empty() {
        return tree(root(nothing()));
    }

    private FileSystem nothing() {
        MappedPageStore pages = MappedPageStore.anonymous();
        open.push(pages::close);
        return new MemFileSystem(MemOptions.DEFAULT, pages);
    }

    private OverlayFileSystem overlay(List<VirtualDentry> lowers) throws ErrnoException {
        OverlayOptions.Builder options = OverlayOptions.builder();
        lowers.forEach(options::lower);
        return new OverlayFileSystem(system, Credentials.root(), options.build());
    }

    /**
     * What a container changed: the difference that an upper layer makes to these. Only directories that have a part in it are gone
     * into, and a file that is not in it is never read. Places that its making needed are not told of.
     *
     * @param upper the upper layer as the kernel's overlayfs keeps it; the descriptor stays the caller's
     * @param owners which of the container's users its files belong to
     */
    public ContainerChanges changes(OwnedFd upper, IdMapping owners) throws ErrnoException {
        HostFileSystem written = HostFileSystem.of(upper, HostOptions.DEFAULT);
        open.push(written::close);
        VirtualDentry top = system.newMappedNamespace(written, owners).root();
        List<VirtualDentry> all = new ArrayList<>();
        all.add(top);
        all.addAll(layers);
        return new ContainerChanges(
                TreeDifference.between(merged(), tree(root(overlay(all))), DifferenceOptions.DEFAULT));
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            open.pop().run();
        }
    }
}
