package org.caisson.vfs.host;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.pipe.PipeInode;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/** A named pipe that is open: attributes are the host's. */
final class HostPipe implements PipeInode {
    private final HostFileSystem fileSystem;
    private final HostDentry dentry;
    private final HostInode inode;

    private HostPipe(HostFileSystem fileSystem, HostDentry dentry) {
        this.fileSystem = fileSystem;
        this.dentry = dentry;
        this.inode = dentry.file();
    }

    static FileDescription open(
            HostFileSystem fileSystem,
            VirtualDentry place,
            Credentials credentials,
            int flags,
            @Nullable Interruption interruption)
            throws ErrnoException {
        HostDentry dentry = (HostDentry) place.dentry();
        HostInode inode = dentry.file();
        if (!inode.acquire(dentry)) {
            throw Errno.ENOENT.exception();
        }
        boolean opened = false;
        try {
            HostPipe file = new HostPipe(fileSystem, dentry);
            FileDescription description = inode.pipe().open(place, credentials, flags, file, interruption);
            opened = true;
            return description;
        } finally {
            if (!opened) {
                inode.release(dentry);
            }
        }
    }

    @Override
    public void stat(Stat out) throws ErrnoException {
        fileSystem.statOpened(inode, out, fileSystem.files().attributes(inode));
    }

    @Override
    public void setStat(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
        fileSystem.change(opened, caller, change);
    }

    @Override
    public void accessed(FileDescription opened) {
        if (inode.attributes().isTouchedByRelatime()) {
            fileSystem.changes().touch(inode, false);
        }
    }

    @Override
    public void modified() {
        fileSystem.changes().touch(inode, true);
    }

    @Override
    public void closed() {
        inode.release(dentry);
    }
}
