package org.caisson.vfs.mem;

import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/** A name in a memory file system. */
class MemDentry extends TreeDentry {
    MemDentry(@Nullable TreeDentry parent, Name name, Inode inode) {
        super(parent, name, inode);
    }

    /** One of a clone, of what is in the snapshot. */
    static final class Cloned extends MemDentry {
        private final TreeDentry original;

        Cloned(@Nullable TreeDentry parent, Name name, Inode inode, TreeDentry original) {
            super(parent, name, inode);
            this.original = original;
        }
    }

    /** What a clone's file was made of; null for what was made there. */
    static @Nullable TreeDentry originalOf(TreeDentry file) {
        return file instanceof Cloned cloned ? cloned.original : null;
    }
}
