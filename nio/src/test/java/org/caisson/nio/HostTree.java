package org.caisson.nio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;

/** Trees of host directories. */
final class HostTree {
    private HostTree() {}

    /** One directory as the root, and another mounted at a place. */
    static CaissonFileSystem of(Path directory, Path second, String place) throws IOException {
        try {
            VirtualFileSystem vfs = new VirtualFileSystem();
            HostFileSystem below = HostFileSystem.open(directory.toString(), HostOptions.DEFAULT);
            HostFileSystem mounted = HostFileSystem.open(second.toString(), HostOptions.DEFAULT);
            CaissonFileSystem system =
                    CaissonFileSystem.of(vfs, vfs.newMountNamespace(below).root(), Credentials.root());
            Files.createDirectory(system.getPath(place));
            PathOperation operation =
                    new PathOperation().root(system.root()).start(system.root()).path(place);
            vfs.mount(Credentials.root(), operation, mounted, 0);
            return system;
        } catch (ErrnoException e) {
            throw new IOException(e);
        }
    }
}
