package org.caisson.vfs.mem;

import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.TreeFileSystem.UnlistedEntry;
import org.jspecify.annotations.Nullable;

/** Gets what a clone has not got yet: entries of directories, from the snapshot that it is of. */
final class CloneEntries {
    private final MemFileSystem fileSystem;
    private final Origin origin;

    CloneEntries(MemFileSystem fileSystem, Origin origin) {
        this.fileSystem = fileSystem;
        this.origin = origin;
    }

    /** Gets the entry of a name that is not in the table; null if there is none. Under the monitor of the directory. */
    @Nullable
    TreeDentry populate(TreeDentry directory, Name name) {
        DirectoryOrigin past = MemFileSystem.directory(directory).origin();
        PastEntry found = past == null ? null : past.find(name);
        if (past == null || found == null) {
            return null;
        }
        TreeDentry made = dentryOf(origin, directory, name, found.dentry());
        fileSystem.attachDentry(directory, made, found.cookie());
        MemFileSystem.directory(directory).populated(past, found);
        return made;
    }

    /** A dentry for what is in the snapshot. */
    static TreeDentry dentryOf(Origin source, @Nullable TreeDentry parent, Name name, TreeDentry original) {
        MemInode inode = source.inodeOf(original);
        TreeDentry made = new MemDentry.Cloned(parent, name, inode, original);
        if (inode instanceof MemDirectory directory && directory.origin() != null) {
            made.beginCookies(source.past(original).nextCookie());
        }
        return made;
    }

    /** Gets all entries of a directory. */
    void fetch(TreeDentry directory) {
        synchronized (directory) {
            UnlistedEntry next = unlisted(directory, 0);
            while (next != null) {
                populate(directory, next.name());
                next = next.cookie() == Integer.MAX_VALUE ? null : unlisted(directory, next.cookie() + 1);
            }
        }
    }

    /** The first entry whose cookie is not less that is not in the table. Under the monitor of the directory. */
    static @Nullable UnlistedEntry unlisted(TreeDentry directory, int cookie) {
        DirectoryOrigin past = MemFileSystem.directory(directory).origin();
        PastEntry found = past == null ? null : past.from(directory, cookie);
        return found == null
                ? null
                : new UnlistedEntry(
                        found.name(), found.inode().number(), found.inode().mode(), found.cookie());
    }
}
