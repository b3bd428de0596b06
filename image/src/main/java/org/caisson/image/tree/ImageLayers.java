package org.caisson.image.tree;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.image.store.MergedLayers;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemLog;
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
import org.jspecify.annotations.Nullable;

/** The layers of an image, open. They must stay in the store meanwhile. For one thread. */
public final class ImageLayers implements AutoCloseable {
    private final VirtualFileSystem system;
    private final Map<MergedLayers, FileSystem> known;
    private final Deque<Runnable> open = new ArrayDeque<>();
    /** The uppermost first. */
    private final List<VirtualDentry> layers = new ArrayList<>();

    private ImageLayers(VirtualFileSystem system, Map<MergedLayers, FileSystem> known) {
        this.system = system;
        this.known = known;
    }

    /** Opens images of EROFS as they are in a store, the uppermost layer first; all layers merged are one. */
    public static ImageLayers open(List<MergedLayers> files) throws IOException {
        return open(files, _ -> null);
    }

    /** The same with layers that are no images, but which another one opens. */
    public static ImageLayers open(List<MergedLayers> files, Opener others) throws IOException {
        return open(new ImageLayers(new VirtualFileSystem(), new HashMap<>()), files, others);
    }

    /** Those of another image, to be compared with these, which are to be closed later. Layers of both are known to be the same. */
    public ImageLayers beside(List<MergedLayers> files, Opener others) throws IOException {
        return open(new ImageLayers(system, known), files, others);
    }

    private static ImageLayers open(ImageLayers made, List<MergedLayers> files, Opener others) throws IOException {
        try {
            for (MergedLayers file : files) {
                made.add(file, others);
            }
            return made;
        } catch (IOException e) {
            made.close();
            throw e;
        }
    }

    /** Opens a layer that is no image of EROFS. */
    @FunctionalInterface
    public interface Opener {
        /** The tree of a layer, which stays the opener's; null for an image. */
        @Nullable
        FileSystem open(Path layer) throws IOException;
    }

    private void add(MergedLayers file, Opener others) throws IOException {
        FileSystem layer = known.get(file);
        if (layer == null) {
            FileSystem other = others.open(file.file());
            layer = other == null ? image(file) : other;
            known.put(file, layer);
        }
        layers.add(root(layer));
    }

    private ErofsFileSystem image(MergedLayers file) throws ErrnoException {
        List<OwnedFd> devices = new ArrayList<>();
        try (OwnedFd image = descriptor(file.file())) {
            for (Path device : file.devices()) {
                devices.add(descriptor(device));
            }
            ErofsFileSystem opened = ErofsFileSystem.open(image, devices, new FileSystemLog());
            open.push(opened::close);
            return opened;
        } finally {
            devices.forEach(OwnedFd::close);
        }
    }

    private static OwnedFd descriptor(Path file) throws ErrnoException {
        return FileCalls.open(file.toString(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
    }

    private VirtualDentry root(FileSystem fileSystem) {
        return system.newMountNamespace(fileSystem).root();
    }

    private Subtree tree(VirtualDentry top) {
        return new Subtree(system, Credentials.root(), top);
    }

    /** What an only layer holds, its marks of what it takes away among the rest. */
    public Subtree only() {
        return tree(layers.getFirst());
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
