package org.caisson.vfs.host;

import org.caisson.linux.OwnedFd;
import org.jspecify.annotations.Nullable;

/** The host's side of an open description, in the list of its file. */
final class OpenFile {
    final HostInode inode;

    private final OwnedFd descriptor;

    /** Under the inode's monitor. */
    @Nullable
    OpenFile next;

    OpenFile(HostInode inode, OwnedFd descriptor) {
        this.inode = inode;
        this.descriptor = descriptor;
    }

    int fd() {
        return descriptor.number();
    }

    OwnedFd descriptor() {
        return descriptor;
    }
}
