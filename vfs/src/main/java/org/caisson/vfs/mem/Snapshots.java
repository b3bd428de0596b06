package org.caisson.vfs.mem;

import java.util.ArrayList;
import java.util.List;
import org.caisson.vfs.TreeDentry;

/**
 * The snapshots of one file system that are in use. They have numbers, which rise. Whatever changes notes the number of the first snapshot
 * that will see it as it is then; before it changes again, it leaves an {@link Image} for the snapshots from that one to the newest.
 *
 * <p>An image is listed by the newest snapshot that sees it, and passed on to an older one when that is closed. So to take a snapshot is the
 * same work however large the tree is, and to close it is as much work as there were changes.
 *
 * <p>The monitor is the last lock but for those of the page store.
 */
final class Snapshots {
    private final MemFileSystem fileSystem;

    /** By their numbers. Under the monitor. */
    private final List<Snapshot> live = new ArrayList<>();

    /** The number of the newest one in use, -1 if there is none. Written under the monitor, and rises while no change is under way. */
    private volatile int newest = -1;

    /** The number that the next one will have. Changes as {@link #newest}. */
    private volatile int next;

    // Under the monitor.
    private boolean isReleased;
    private boolean isDestroyed;
    private long kept;

    Snapshots(MemFileSystem fileSystem) {
        this.fileSystem = fileSystem;
    }

    /** The number of the newest snapshot in use: what is as it was before must leave an image before it changes. */
    int newest() {
        return newest;
    }

    /** What a change notes as the first snapshot that sees it. */
    int next() {
        return next;
    }

    /** How many images were kept, ever. */
    synchronized long kept() {
        return kept;
    }

    /** Adds a snapshot; no change is under way. IllegalStateException if the file system was released. */
    synchronized Snapshot add(Snapshot.Usage usage) {
        if (isReleased) {
            throw new IllegalStateException("the file system was released");
        }
        int number = next;
        next = Math.incrementExact(number);
        Snapshot made = new Snapshot(fileSystem, number, usage);
        live.add(made);
        newest = number;
        return made;
    }

    /** Keeps an image for who sees it; false if nobody does any more. */
    synchronized boolean keep(Image image) {
        if (!pass(image)) {
            return false;
        }
        kept++;
        return true;
    }

    /**
     * Notes that something changes at or beneath a directory, that the newest snapshot sees. Where it was noted before it was so above as
     * well: an entry that is moved meanwhile has both directories noted.
     */
    synchronized void changesBeneath(TreeDentry changed) {
        for (TreeDentry at = changed; at != null; at = at.parent()) {
            MemDirectory directory = MemFileSystem.directory(at);
            if (directory.subtreeSince > newest) {
                return;
            }
            SubtreeImage image = new SubtreeImage(directory, directory.subtreeSince, newest);
            if (pass(image)) {
                image.older = directory.subtreeImages;
                directory.subtreeImages = image;
            }
            directory.subtreeSince = next;
        }
    }

    /** Whether two snapshots see the same of a directory and all beneath; {@link Integer#MAX_VALUE} stands for how it is now. */
    synchronized boolean isSubtreeSame(MemDirectory directory, int snapshot, int later) {
        if (directory.subtreeSince <= snapshot) {
            return true;
        }
        for (SubtreeImage image = directory.subtreeImages; image != null; image = image.older) {
            if (image.covers(snapshot)) {
                return image.covers(later);
            }
        }
        return false;
    }

    synchronized void discard(MemDirectory directory, SubtreeImage image) {
        if (directory.subtreeImages == image) {
            directory.subtreeImages = image.older;
            return;
        }
        for (SubtreeImage newer = directory.subtreeImages; newer != null; newer = newer.older) {
            if (newer.older == image) {
                newer.older = image.older;
            }
        }
    }

    /** Has the newest snapshot list an image of those that see it. */
    private synchronized boolean pass(Image image) {
        for (int i = live.size() - 1; i >= 0; i--) {
            Snapshot candidate = live.get(i);
            if (image.covers(candidate.number())) {
                candidate.images.add(image);
                return true;
            }
            if (candidate.number() < image.first()) {
                return false;
            }
        }
        return false;
    }

    /** Ends a snapshot that nobody uses. */
    void end(Snapshot snapshot) {
        List<Image> images;
        synchronized (this) {
            live.remove(snapshot);
            newest = live.isEmpty() ? -1 : live.getLast().number();
            images = snapshot.images;
            snapshot.images = List.of();
        }
        for (Image image : images) {
            if (!pass(image)) {
                image.discard();
            }
        }
        destroyIfUnused();
    }

    /** Nobody uses the tree itself any more. */
    void release() {
        synchronized (this) {
            isReleased = true;
        }
        destroyIfUnused();
    }

    private void destroyIfUnused() {
        synchronized (this) {
            if (!isReleased || !live.isEmpty() || isDestroyed) {
                return;
            }
            isDestroyed = true;
        }
        fileSystem.destroy();
    }
}
