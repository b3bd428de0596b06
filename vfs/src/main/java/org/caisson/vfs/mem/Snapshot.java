package org.caisson.vfs.mem;

import java.util.ArrayList;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/**
 * The state of a {@link MemFileSystem} at one moment: each operation is in it as a whole or not at all. Taking it copies nothing. What
 * changes afterwards is kept as it was, data by the page, until the snapshot and all that was made of it are closed.
 *
 * <p>What it shows is what has a name: files that were unlinked and are still open are not in it. Nor is what is no content: open
 * descriptions, locks, what is in pipes.
 *
 * <p>Pages that only snapshots hold count against no limit, but are in {@link PageStore#used}. A clone counts all pages and inodes of its
 * tree against its own limits, whether it shares them or not, and begins with the quotas of the original and what each user had in the
 * snapshot.
 */
public final class Snapshot implements AutoCloseable {
    private final MemFileSystem fileSystem;
    private final int number;
    private final Usage usage;

    /** What only this one and older ones see. Under the monitor of {@link Snapshots}. */
    List<Image> images = new ArrayList<>();

    /** This itself until it is closed, and clones. Under the monitor. */
    private int users = 1;

    private boolean closed;

    /**
     * How much of its limits a file system used.
     *
     * @param pages pages of what has a name
     * @param inodeBytes the same of what is counted for inodes
     * @param lastInode the number that was given last
     * @param quotas what each user and group had, not to be changed; null if that is not counted
     */
    record Usage(
            long pages,
            long inodeBytes,
            long lastInode,
            @Nullable Quotas quotas) {}

    Snapshot(MemFileSystem fileSystem, int number, Usage usage) {
        this.fileSystem = fileSystem;
        this.number = number;
        this.usage = usage;
    }

    MemFileSystem fileSystem() {
        return fileSystem;
    }

    int number() {
        return number;
    }

    Usage usage() {
        return usage;
    }

    /**
     * A file system that shows the state and cannot be changed: EROFS. It has the same inode numbers, attributes and data. It lives as its
     * last mount does, also when the snapshot is closed before.
     *
     * @throws IllegalStateException if the snapshot was closed
     */
    public MemFileSystem open() {
        acquire();
        return new MemFileSystem(this, fileSystem.maxPages(), fileSystem.maxInodes(), true);
    }

    /** A file system that begins as the state, with the limits of the one that the snapshot is of, and is changed by itself. */
    public MemFileSystem newClone() {
        acquire();
        return new MemFileSystem(this, fileSystem.maxPages(), fileSystem.maxInodes(), false);
    }

    /**
     * The same with limits of its own.
     *
     * @param size how many bytes its data may take, rounded up to pages; 0 for no limit
     * @param inodes how many inodes there may be; 0 for no limit
     * @throws ErrnoException EINVAL if more is in use
     * @throws IllegalStateException if the snapshot was closed
     */
    public MemFileSystem newClone(long size, long inodes) throws ErrnoException {
        long maxPages = size < 0 ? -1 : MemOptions.DEFAULT.withSize(size).pages();
        Space.requireRoom(maxPages, inodes, usage);
        acquire();
        return new MemFileSystem(this, maxPages, inodes, false);
    }

    private synchronized void acquire() {
        if (closed) {
            throw new IllegalStateException("the snapshot was closed");
        }
        users++;
    }

    /** Ends the use by a clone. */
    void release() {
        synchronized (this) {
            users--;
            if (users != 0) {
                return;
            }
        }
        fileSystem.snapshots().end(this);
    }

    /** Gives back what only this holds, at the latest when the last clone is released. Closing it again does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        release();
    }
}
