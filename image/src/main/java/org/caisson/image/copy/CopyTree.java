package org.caisson.image.copy;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.OwnedFd;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.IdMapping;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.Subtree;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.jspecify.annotations.Nullable;

/** A tree that is copied from or to, with what is mounted in it. */
public final class CopyTree implements AutoCloseable {
    private static final HostOptions OPTIONS = HostOptions.DEFAULT.withMounts().withoutFlags();

    private final HostFileSystem files;
    private final Subtree tree;

    private CopyTree(HostFileSystem files, @Nullable IdMapping owners) {
        this.files = files;
        VirtualFileSystem system = new VirtualFileSystem();
        tree = new Subtree(
                system,
                Credentials.root(),
                system.newMappedNamespace(files, owners).root());
    }

    /** The host's. */
    public static CopyTree host() throws ErrnoException {
        return new CopyTree(HostFileSystem.open("/", OPTIONS), null);
    }

    /** A container's, whose root is open; the descriptor stays the caller's. */
    public static CopyTree container(OwnedFd root, IdMapping owners) throws ErrnoException {
        return new CopyTree(HostFileSystem.of(root, OPTIONS), owners);
    }

    Subtree tree() {
        return tree;
    }

    @Override
    public void close() {
        files.close();
    }
}
