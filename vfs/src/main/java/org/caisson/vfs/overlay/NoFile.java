package org.caisson.vfs.overlay;

import org.caisson.vfs.Inode;
import org.caisson.vfs.Stat;

/** What a negative dentry stands for: each for one of its own, as files keep count of their dentries. */
final class NoFile extends Inode {
    NoFile() {
        super(0, 0, 0, 0);
    }

    @Override
    protected void stat(Stat out) {
        throw new IllegalStateException("there is no file");
    }
}
