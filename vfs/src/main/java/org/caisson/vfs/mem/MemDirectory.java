package org.caisson.vfs.mem;

import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/** A directory: its table is in its dentry; here is what stat(2) tells of it, and what snapshots see of its entries. */
final class MemDirectory extends MemInode {
    /** What each entry adds, also the two that every directory has, to the size (BOGO_DIRENT_SIZE of {@code mm/shmem.c}). */
    private static final int ENTRY = 20;

    /** Written under the monitor of the dentry. */
    private volatile int entries;

    /** The number of the first snapshot that sees the entries as they are. Under the monitor of the dentry. */
    private int entriesSince;

    /** The newest first. Under the monitor of the dentry. */
    private @Nullable EntriesImage images;

    /** Where entries are that are not in the table; null if all are. Written under the monitor of the dentry. */
    private volatile @Nullable DirectoryOrigin origin;

    /** The number of the first snapshot that sees this and all beneath as it is. Under the monitor of {@link Snapshots}. */
    int subtreeSince;

    /** The newest first. Under the monitor of {@link Snapshots}. */
    @Nullable
    SubtreeImage subtreeImages;

    MemDirectory(MemFileSystem fileSystem, int permissions, int uid, int gid) {
        super(fileSystem, StatMode.S_IFDIR | permissions, uid, gid, 2);
        entriesSince = fileSystem.snapshots().next();
        subtreeSince = entriesSince;
    }

    /** Of this directory with all beneath. */
    @Override
    boolean isSameFor(int snapshot, int later) {
        return fileSystem.snapshots().isSubtreeSame(this, snapshot, later);
    }

    /** What a snapshot sees of another directory. */
    MemDirectory(MemFileSystem fileSystem, AttributeImage attributes, PastDirectory past) {
        super(fileSystem, attributes);
        int count = past.count();
        entries = count;
        origin = count == 0 ? null : new DirectoryOrigin(past, count);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time
    void countEntries(int change) {
        entries += change;
    }

    int entries() {
        return entries;
    }

    @Nullable
    DirectoryOrigin origin() {
        return origin;
    }

    /** Notes that an entry came from the origin into the table. */
    void populated(DirectoryOrigin from, PastEntry entry) {
        if (from.isCompletedBy(entry)) {
            origin = null;
        }
    }

    /** Must be called before a name in this directory comes to stand for something else. */
    void beforeChange(TreeDentry dentry, Name name) {
        Snapshots snapshots = fileSystem.snapshots();
        int newest = snapshots.newest();
        if (entriesSince <= newest) {
            EntriesImage image = new EntriesImage(dentry, entries, entriesSince, newest);
            if (snapshots.keep(image)) {
                image.older = images;
                images = image;
            }
            entriesSince = snapshots.next();
        }
        EntriesImage present = images;
        if (present != null) {
            present.note(name);
        }
    }

    /** After a name was taken out of the table. */
    void removed(Name name) {
        DirectoryOrigin from = origin;
        if (from != null) {
            from.remove(name);
        }
    }

    @Nullable
    EntriesImage images() {
        return images;
    }

    /** The image for a snapshot; null if the entries are as it sees them. */
    @Nullable
    EntriesImage imageFor(int snapshot) {
        EntriesImage image = entriesSince <= snapshot ? null : images;
        while (image != null && !image.covers(snapshot)) {
            image = image.older;
        }
        return image;
    }

    /** Gives up an image; what it noted matters to those that are older. */
    void discard(EntriesImage image) {
        if (image.older != null) {
            image.older.takeOver(image);
        }
        if (images == image) {
            images = image.older;
            return;
        }
        for (EntriesImage newer = images; newer != null; newer = newer.older) {
            if (newer.older == image) {
                newer.older = image.older;
            }
        }
    }

    @Override
    long size() {
        return (2L + entries) * ENTRY;
    }
}
