package org.caisson.nio;

import java.io.IOException;
import java.nio.file.Files;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.overlay.OverlayFileSystem;
import org.caisson.vfs.overlay.OverlayOptions;

/** Trees of overlays over layers in memory. */
final class OverlayTree {
    private OverlayTree() {}

    /** An overlay as the root, with another one's files mounted at a place. */
    static CaissonFileSystem withMount(String place) throws IOException {
        CaissonFileSystem layers = MemoryTree.plain();
        try {
            VirtualFileSystem vfs = layers.vfs();
            CaissonFileSystem system = CaissonFileSystem.of(
                    vfs, vfs.newMountNamespace(overlay(layers, "/first")).root(), Credentials.root());
            Files.createDirectory(system.getPath(place));
            PathOperation operation =
                    new PathOperation().root(system.root()).start(system.root()).path(place);
            vfs.mount(Credentials.root(), operation, overlay(layers, "/second"), 0);
            return system;
        } catch (ErrnoException e) {
            throw new IOException(e);
        }
    }

    private static OverlayFileSystem overlay(CaissonFileSystem layers, String top) throws IOException, ErrnoException {
        for (String part : new String[] {"/lower", "/upper", "/work"}) {
            Files.createDirectories(layers.getPath(top + part));
        }
        return new OverlayFileSystem(
                layers.vfs(),
                Credentials.root(),
                OverlayOptions.builder()
                        .lower(place(layers, top + "/lower"))
                        .upper(place(layers, top + "/upper"), place(layers, top + "/work"))
                        .build());
    }

    private static VirtualDentry place(CaissonFileSystem layers, String path) throws ErrnoException {
        return layers.vfs()
                .lookup(
                        Credentials.root(),
                        new PathOperation()
                                .root(layers.root())
                                .start(layers.root())
                                .path(path));
    }
}
