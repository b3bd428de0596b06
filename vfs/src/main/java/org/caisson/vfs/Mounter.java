package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/** Who makes a file system by its type's name: for types whose options are paths. */
public final class Mounter {
    private final VirtualFileSystem system;
    private final Credentials credentials;
    private final @Nullable PathOperation place;

    /** The root and working directory are those of an operation, whose path does not matter; null for none. */
    Mounter(VirtualFileSystem system, Credentials credentials, @Nullable PathOperation place) {
        this.system = system;
        this.credentials = credentials;
        this.place = place;
    }

    public VirtualFileSystem system() {
        return system;
    }

    public Credentials credentials() {
        return credentials;
    }

    /** Where a path of the caller's leads, links followed. ENOENT if it leads nowhere, or it is not known where the caller is. */
    public VirtualDentry lookup(Name path) throws ErrnoException {
        if (place == null) {
            throw Errno.ENOENT.exception();
        }
        return system.lookup(credentials, place.sibling(path).followFinal(true));
    }
}
