package org.caisson.runtime;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.ImageFile;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemLog;
import org.caisson.vfs.IdMapping;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;
import org.jspecify.annotations.Nullable;

/** Layers of an image as one tree of the virtual file system: our own overlay over our own EROFS. */
final class LayerTree implements AutoCloseable {
    private final VirtualFileSystem system = new VirtualFileSystem();
    private final Deque<ErofsFileSystem> open = new ArrayDeque<>();
    private final VirtualDentry root;

    private LayerTree(List<ImageFile> files, @Nullable IdMapping owners) throws ErrnoException {
        boolean whole = false;
        try {
            OverlayOptions.Builder options = OverlayOptions.builder();
            for (ImageFile file : files) {
                options.lower(layer(file, owners));
            }
            root = system.newMountNamespace(new OverlayFileSystem(system, Credentials.root(), options.build()))
                    .root();
            whole = true;
        } finally {
            if (!whole) {
                close();
            }
        }
    }

    /** Opens files of EROFS images, the uppermost first; their owners are those that the image says. */
    static LayerTree open(List<ImageFile> files) throws ErrnoException {
        return new LayerTree(files, null);
    }

    /** The same, where files belong to whom a mapping says. */
    static LayerTree open(List<ImageFile> files, IdMapping owners) throws ErrnoException {
        return new LayerTree(files, owners);
    }

    private VirtualDentry layer(ImageFile file, @Nullable IdMapping owners) throws ErrnoException {
        List<OwnedFd> devices = new ArrayList<>();
        try (OwnedFd image = FileCalls.open(file.path(), OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC)) {
            for (String device : file.devices()) {
                devices.add(FileCalls.open(device, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC));
            }
            ErofsFileSystem layer = ErofsFileSystem.open(image, devices, new FileSystemLog());
            open.push(layer);
            return system.newMappedNamespace(layer, owners).root();
        } finally {
            devices.forEach(OwnedFd::close);
        }
    }

    VirtualFileSystem system() {
        return system;
    }

    VirtualDentry root() {
        return root;
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
