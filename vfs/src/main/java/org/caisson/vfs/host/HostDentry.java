package org.caisson.vfs.host;

import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/** A name of a host file. */
final class HostDentry extends TreeDentry {
    /** The next of the names of the same file; under the inode's monitor. */
    @Nullable
    HostDentry nextAlias;

    /** When the host last said that the name leads to this file, of {@link System#nanoTime}. */
    private volatile long confirmed;

    HostDentry(@Nullable HostDentry parent, Name name, HostInode inode, boolean revalidate) {
        super(parent, name, inode, revalidate);
        confirmed = System.nanoTime();
    }

    HostInode file() {
        return (HostInode) inode();
    }

    @Nullable
    HostDentry directory() {
        return (HostDentry) parent();
    }

    void confirm() {
        confirmed = System.nanoTime();
    }

    boolean isConfirmedFor(long nanos) {
        return System.nanoTime() - confirmed < nanos;
    }
}
