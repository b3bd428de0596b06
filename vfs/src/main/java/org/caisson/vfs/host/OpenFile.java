package org.caisson.vfs.host;

import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
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

    /** Takes over flags that fcntl(2) can change. EINVAL if the host cannot have them on this file. */
    void setFlags(int flags) throws ErrnoException {
        FileCalls.fcntl(fd(), FileCalls.F_SETFL, flags | OpenFlags.O_NONBLOCK);
    }

    OwnedFd descriptor() {
        return descriptor;
    }
}
