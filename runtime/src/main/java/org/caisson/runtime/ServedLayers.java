package org.caisson.runtime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.caisson.fuse.FuseServer;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** The layers of one container that are served over FUSE, until it has ended. */
final class ServedLayers implements AutoCloseable {
    /** Readers that wait for data keep a thread each; others are to be served meanwhile. */
    private static final int THREADS = 8;

    private final VirtualLayers layers;
    private final List<AutoCloseable> open = new ArrayList<>();

    ServedLayers(VirtualLayers layers) {
        this.layers = layers;
    }

    /** A detached mount of a layer, which can be id-mapped; null for one that the kernel mounts itself. */
    @Nullable
    OwnedFd mount(String name) throws IOException {
        VirtualLayers.Layer layer = layers.open(name);
        if (layer == null) {
            return null;
        }
        open.add(layer);
        VirtualFileSystem files = new VirtualFileSystem();
        FuseServer server = FuseServer.builder(
                        files, files.newMountNamespace(layer.fileSystem()).root())
                .name("caisson-layer")
                .onlyDoor(true)
                .plainFiles(true)
                .passthrough(false)
                .kernelDecides(true)
                .threads(THREADS)
                .mountAttributes(MountFlags.MOUNT_ATTR_NODEV | MountFlags.MOUNT_ATTR_RDONLY)
                .build();
        open.add(server);
        try {
            OwnedFd mount = server.mountDetached();
            server.start();
            return mount;
        } catch (ErrnoException e) {
            throw new ContainerException("the layer " + name + " cannot be served over FUSE: " + e.getMessage(), e);
        }
    }

    /** All layers were mounted. */
    void mounted() {
        layers.mounted();
    }

    /** Servers before what they serve. */
    @Override
    public void close() {
        for (AutoCloseable one : open.reversed()) {
            try {
                one.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
        open.clear();
    }
}
