package org.caisson.vfs.overlay;

import org.caisson.vfs.Inode;
import org.caisson.vfs.Stat;

/** What a negative dentry stands for. */
final class NoFile extends Inode {
    static final NoFile INSTANCE = new NoFile();

    private NoFile() {
        super(0, 0, 0, 0);
    }

    @Override
    protected void stat(Stat out) {
        throw new IllegalStateException("there is no file");
    }
}
