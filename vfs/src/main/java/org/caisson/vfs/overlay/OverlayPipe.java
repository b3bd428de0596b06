package org.caisson.vfs.overlay;

import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.pipe.PipeInode;

/** A named pipe of an overlay as those who have it open see it. */
final class OverlayPipe implements PipeInode {
    private final OverlayFileSystem overlay;
    private final OverlayInode inode;

    OverlayPipe(OverlayFileSystem overlay, OverlayInode inode) {
        this.overlay = overlay;
        this.inode = inode;
    }

    @Override
    public void stat(Stat out) {
        overlay.statPipe(inode, out);
    }

    @Override
    public void setStat(FileDescription opened, Credentials caller, SetStat change) throws ErrnoException {
        overlay.changeOpenPipe(opened, caller, change);
    }

    @Override
    public void closed() {
        inode.release();
    }
}
