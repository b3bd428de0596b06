package org.caisson.vfs.mem;

import java.time.Instant;
import org.caisson.linux.Errno;
import org.caisson.vfs.ChangeGate;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.TreeDentry;

/** Removes names of a memory file system, and files with the last of them. */
final class MemRemoval {
    private static final int DONE = 0;
    private static final int AGAIN = MemFileSystem.LOOK_AGAIN;

    private final MemFileSystem fileSystem;
    private final Space space;
    private final ChangeGate gate;

    MemRemoval(MemFileSystem fileSystem) {
        this.fileSystem = fileSystem;
        space = fileSystem.space();
        gate = fileSystem.gate();
    }

    /** Removes a name of what is no directory; or says that it stands for something else by now. */
    int file(ResolvingPath path, TreeDentry directory, TreeDentry victim) {
        int passed = gate.enter();
        try {
            synchronized (directory) {
                // It may have got another name, which is not to go in place of this one.
                return MemFileSystem.isNamed(path, directory, victim) && remove(directory, victim) ? DONE : AGAIN;
            }
        } finally {
            gate.leave(passed);
        }
    }

    /** Removes an empty directory. */
    int directory(TreeDentry directory, TreeDentry victim) {
        int passed = gate.enter();
        try {
            synchronized (directory) {
                if (victim.parent() != directory || !victim.isAttached()) {
                    return -Errno.ENOENT.number();
                }
                if (MemFileSystem.hasEntries(victim) || !victim.seal()) {
                    return -Errno.ENOTEMPTY.number();
                }
                remove(directory, victim);
                return DONE;
            }
        } finally {
            gate.leave(passed);
        }
    }

    private boolean remove(TreeDentry directory, TreeDentry victim) {
        FileSystemObserver observer = fileSystem.begin();
        try {
            if (victim.parent() != directory || !victim.isAttached()) {
                return false;
            }
            MemFileSystem.beforeChange(directory, victim.name());
            if (!fileSystem.detachDentry(directory, victim)) {
                return false;
            }
            MemFileSystem.directory(directory).removed(victim.name());
            removed(directory, MemFileSystem.inode(victim), Instant.now());
            if (observer != null) {
                observer.removed(victim);
            }
            return true;
        } finally {
            fileSystem.end(observer);
        }
    }

    /** An entry is gone from a directory, and with it a name of the file. */
    void removed(TreeDentry directory, MemInode inode, Instant now) {
        MemDirectory parent = MemFileSystem.directory(directory);
        parent.countEntries(-1);
        if (inode.isDirectory()) {
            parent.unlinkQuietly();
        }
        parent.modified(now);
        // The last name goes with the inode, and with the room that this takes.
        if (inode.unlink(now) != 0) {
            space.giveName();
        }
    }
}
