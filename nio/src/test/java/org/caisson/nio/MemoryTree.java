package org.caisson.nio;

import java.io.IOException;
import java.nio.file.Files;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;

/** Trees in memory, made by hand. */
final class MemoryTree {
    private MemoryTree() {}

    /** A root of user 0, with permissions of 0755. */
    static CaissonFileSystem plain() {
        VirtualFileSystem vfs = new VirtualFileSystem();
        return CaissonFileSystem.of(vfs, vfs.newMountNamespace(empty()).root(), Credentials.root());
    }

    /** The same with a second mount at a place. */
    static CaissonFileSystem withMount(String place) throws IOException {
        CaissonFileSystem system = plain();
        Files.createDirectory(system.getPath(place));
        try {
            PathOperation operation =
                    new PathOperation().root(system.root()).start(system.root()).path(place);
            system.vfs().mount(Credentials.root(), operation, empty(), 0);
        } catch (ErrnoException e) {
            throw new IOException(e);
        }
        return system;
    }

    /** The tree of another file system, as somebody else sees it. */
    static CaissonFileSystem as(CaissonFileSystem system, Credentials credentials) {
        VirtualDentry root = system.root();
        return CaissonFileSystem.of(system.vfs(), root, credentials);
    }

    private static MemFileSystem empty() {
        return new MemFileSystem(MemOptions.DEFAULT.withMode(0755), MappedPageStore.anonymous());
    }
}
