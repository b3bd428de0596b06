package org.caisson.vfs.mem;

import java.util.HashMap;
import java.util.Map;
import org.caisson.vfs.TreeDentry;

/**
 * What a clone begins as: files of a snapshot, each of which becomes one of the clone when it is first looked up. Its monitor comes after
 * those of the clone's directories, and before all of the file system that the snapshot is of.
 */
final class Origin {
    private final MemFileSystem clone;
    private final Snapshot snapshot;

    /** What became of files that have several names. */
    private final Map<MemInode, MemInode> linked = new HashMap<>();

    Origin(MemFileSystem clone, Snapshot snapshot) {
        this.clone = clone;
        this.snapshot = snapshot;
    }

    Snapshot snapshot() {
        return snapshot;
    }

    /** What the snapshot sees of a directory. */
    PastDirectory past(TreeDentry directory) {
        return new PastDirectory(directory, snapshot.number());
    }

    /** The clone's file for one that the snapshot sees. */
    MemInode inodeOf(TreeDentry dentry) {
        MemInode original = (MemInode) dentry.inode();
        AttributeImage attributes = original.attributesAt(snapshot.number());
        if (attributes.links == 1 || original.isDirectory()) {
            return make(dentry, original, attributes);
        }
        synchronized (linked) {
            return linked.computeIfAbsent(original, its -> make(dentry, its, attributes));
        }
    }

    private MemInode make(TreeDentry dentry, MemInode original, AttributeImage attributes) {
        return switch (original) {
            case MemDirectory directory -> new MemDirectory(clone, attributes, past(dentry));
            case MemFile file -> new MemFile(clone, attributes, file.dataAt(snapshot.number()));
            case MemLink link -> new MemLink(clone, attributes, link.target());
            case MemPipe pipe -> new MemPipe(clone, attributes);
            default -> new MemSpecial(clone, attributes, original.device());
        };
    }

    /** The clone is gone. */
    void release() {
        snapshot.release();
    }
}
