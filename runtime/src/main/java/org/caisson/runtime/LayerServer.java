package org.caisson.runtime;

import java.io.IOException;
import java.util.List;
import org.caisson.fuse.FuseServer;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.ImageFile;
import org.jspecify.annotations.Nullable;

/**
 * Layers of an image as one tree over FUSE, for kernels that do not mount EROFS from files: our own overlay over our own EROFS. Its files
 * belong to the container's users. It is attached nowhere until the container's orders do so, and is served until this is closed.
 */
final class LayerServer implements AutoCloseable {
    private static final String NAME = "caisson-image";
    private static final int ATTRIBUTES = MountFlags.MOUNT_ATTR_RDONLY | MountFlags.MOUNT_ATTR_NODEV;

    private final LayerTree tree;
    private @Nullable FuseServer fuse;

    private LayerServer(LayerTree tree) {
        this.tree = tree;
    }

    /** What is served, and its mount, which is the caller's to close. */
    record Served(LayerServer server, OwnedFd mount) {}

    /** Serves files of EROFS images, the uppermost first. */
    static Served start(List<ImageFile> files, IdMaps ids) throws IOException {
        try {
            LayerServer server = new LayerServer(LayerTree.open(files, ids.toHost()));
            boolean started = false;
            try {
                OwnedFd mount = server.serve();
                started = true;
                return new Served(server, mount);
            } finally {
                if (!started) {
                    server.close();
                }
            }
        } catch (ErrnoException e) {
            throw new ContainerException("the image's files cannot be served over FUSE: " + e.getMessage(), e);
        }
    }

    private OwnedFd serve() throws ErrnoException {
        FuseServer server = FuseServer.builder(tree.system(), tree.root())
                .name(NAME)
                .mountAttributes(ATTRIBUTES)
                .onlyDoor(true)
                .plainFiles(true)
                .build();
        fuse = server;
        OwnedFd mount = server.mountDetached();
        try {
            server.start();
            return mount;
        } catch (ErrnoException e) {
            mount.close();
            throw e;
        }
    }

    @Override
    public void close() {
        if (fuse != null) {
            fuse.close();
        }
        tree.close();
    }
}
