package org.caisson.vfs.mem;

import java.time.Instant;
import org.caisson.linux.Errno;
import org.caisson.linux.FileCalls;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.Name;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/** One renameat2(2), whose checks are done. It has passed the gate of changes. */
final class MemRename {
    private static final int DONE = 0;

    private final MemFileSystem fileSystem;
    private final MemCreation creation;
    private final MemRemoval removal;
    private final TreeDentry source;
    private final @Nullable TreeDentry target;

    MemRename(
            MemFileSystem fileSystem,
            MemCreation creation,
            MemRemoval removal,
            TreeDentry source,
            @Nullable TreeDentry target) {
        this.fileSystem = fileSystem;
        this.creation = creation;
        this.removal = removal;
        this.source = source;
        this.target = target;
    }

    /** 0 or a negated errno; flags as of renameat2(2). */
    int rename(ResolvingPath path, ResolvingPath from, int flags) {
        TreeDentry oldDirectory = (TreeDentry) from.found();
        TreeDentry newDirectory = (TreeDentry) path.found();
        Name oldName = source.name();
        boolean whiteout = (flags & FileCalls.RENAME_WHITEOUT) != 0;
        Credentials caller = path.credentials();
        Owner owner = new Owner(caller.uid(), AttributeChange.newGroup(caller, oldDirectory.inode()));
        int outcome = whiteout ? fileSystem.space().takeInode(owner, caller) : DONE;
        if (outcome != DONE) {
            return outcome;
        }
        synchronized (oldDirectory) {
            synchronized (newDirectory) {
                boolean exchanges = (flags & FileCalls.RENAME_EXCHANGE) != 0;
                outcome = exchanges ? DONE : mayMove(newDirectory);
                if (outcome == DONE) {
                    FileSystemObserver observer = fileSystem.begin();
                    try {
                        if (exchanges && target != null) {
                            outcome = swap(oldDirectory, newDirectory, target);
                            if (outcome == DONE && observer != null) {
                                observer.exchanged(source, target);
                            }
                        } else {
                            outcome = moveEntry(oldDirectory, newDirectory, path.component());
                            if (outcome == DONE && observer != null) {
                                observer.moved(source, oldDirectory, oldName, target);
                            }
                        }
                        if (outcome == DONE && whiteout) {
                            leaveWhiteout(observer, caller, owner, oldDirectory, oldName);
                        }
                    } finally {
                        fileSystem.end(observer);
                    }
                }
            }
        }
        if (outcome != DONE && whiteout) {
            fileSystem.space().giveInode(owner);
        }
        return outcome;
    }

    /** Whether the entry may be moved there; a directory that it replaces is closed for others. */
    private int mayMove(TreeDentry newDirectory) {
        if (newDirectory.isSealed() || !source.isAttached()) {
            return -Errno.ENOENT.number();
        }
        boolean full =
                target != null && target.inode().isDirectory() && (MemFileSystem.hasEntries(target) || !target.seal());
        return full ? -Errno.ENOTEMPTY.number() : DONE;
    }

    private int swap(TreeDentry oldDirectory, TreeDentry newDirectory, TreeDentry other) {
        MemFileSystem.beforeChange(oldDirectory, source.name());
        MemFileSystem.beforeChange(newDirectory, other.name());
        if (!fileSystem.exchangeDentries(source, other)) {
            return -Errno.ENOENT.number();
        }
        Instant now = Instant.now();
        if (oldDirectory != newDirectory
                && source.inode().isDirectory() != other.inode().isDirectory()) {
            boolean directoryLeaves = source.inode().isDirectory();
            MemFileSystem.directory(directoryLeaves ? newDirectory : oldDirectory)
                    .link(now);
            MemFileSystem.directory(directoryLeaves ? oldDirectory : newDirectory)
                    .unlinkQuietly();
        }
        MemFileSystem.directory(oldDirectory).modified(now);
        MemFileSystem.directory(newDirectory).modified(now);
        MemFileSystem.inode(source).changed(now);
        MemFileSystem.inode(other).changed(now);
        return DONE;
    }

    private int moveEntry(TreeDentry oldDirectory, TreeDentry newDirectory, Name newName) {
        Name oldName = source.name();
        MemFileSystem.beforeChange(oldDirectory, oldName);
        MemFileSystem.beforeChange(newDirectory, newName);
        if (target != null) {
            if (!fileSystem.replaceDentry(source, target)) {
                return -Errno.ENOENT.number();
            }
        } else if (!fileSystem.moveDentry(source, newDirectory, newName)) {
            return -Errno.EEXIST.number();
        }
        Instant now = Instant.now();
        MemDirectory before = MemFileSystem.directory(oldDirectory);
        MemDirectory after = MemFileSystem.directory(newDirectory);
        before.removed(oldName);
        if (target != null) {
            removal.removed(newDirectory, MemFileSystem.inode(target), now);
        }
        before.countEntries(-1);
        after.countEntries(1);
        if (source.inode().isDirectory()) {
            before.unlinkQuietly();
            after.link(now);
        }
        before.modified(now);
        after.modified(now);
        MemFileSystem.inode(source).changed(now);
        return DONE;
    }

    /** A character device 0:0 hides what lower layers of an overlay have by the old name. */
    private void leaveWhiteout(
            @Nullable FileSystemObserver observer, Credentials caller, Owner owner, TreeDentry directory, Name name) {
        TreeDentry made = creation.whiteout(caller, owner, directory, name);
        if (observer != null) {
            observer.whitedOut(made);
        }
    }
}
