package org.caisson.vfs.erofs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.pipe.PipeInode;

/** A named pipe that is open: its data is kept here, its attributes stay as they are. */
record ErofsPipe(ErofsFileSystem fileSystem, TreeDentry dentry) implements PipeInode {
    @Override
    public void stat(Stat out) {
        fileSystem.statOpened(dentry, out);
    }

    @Override
    public void setStat(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
        throw Errno.EROFS.exception();
    }

    @Override
    public void closed() {
        dentry.inode().release(dentry);
    }
}
