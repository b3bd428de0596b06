package org.caisson.vfs.host;

import java.util.Arrays;
import org.caisson.linux.EntryCalls;
import org.jspecify.annotations.Nullable;

/**
 * The O_PATH descriptors of files, of which there are only so many. One that is in use stays; of the others those go that were not used
 * lately (a clock with a second chance). Taking and giving back costs a compare-and-set of the file and no lock.
 */
final class DescriptorCache {
    private final int most;

    /** Files that have a descriptor or had one; under the monitor, as are the count and the hand. */
    private @Nullable HostInode[] clock = new @Nullable HostInode[64];

    private int count;
    private int hand;
    private boolean closed;

    DescriptorCache(int most) {
        this.most = Math.max(most, 1);
    }

    /** Counts a file that has just been given a descriptor, and makes room. */
    synchronized void add(HostInode inode) {
        if (!inode.inCache) {
            if (count >= most) {
                makeRoom(count - most + 1);
            }
            if (count == clock.length) {
                clock = Arrays.copyOf(clock, 2 * count);
            }
            clock[count++] = inode;
            inode.inCache = true;
        }
        if (closed) {
            closeIdle();
        }
    }

    /** Closes the descriptor of a file that is no more, unless somebody uses it. */
    static void drop(HostInode inode) {
        int fd = inode.take();
        if (fd >= 0) {
            EntryCalls.close(fd);
        }
    }

    /** Closes half of what is not in use: the process has no descriptors left. True if that was any. */
    synchronized boolean shrink() {
        int before = count;
        makeRoom((count + 1) / 2);
        return count < before;
    }

    /** Closes all; what is still in use when it ends. */
    synchronized void close() {
        closed = true;
        closeIdle();
    }

    private void closeIdle() {
        for (int i = count - 1; i >= 0; i--) {
            evict(i);
        }
    }

    synchronized int size() {
        return count;
    }

    private void makeRoom(int wanted) {
        int evicted = 0;
        for (int steps = 2 * count; steps > 0 && evicted < wanted && count > 0; steps--) {
            if (hand >= count) {
                hand = 0;
            }
            HostInode inode = at(hand);
            if (inode.usedLately && inode.hasDescriptor()) {
                inode.usedLately = false;
                hand++;
            } else if (evict(hand)) {
                evicted++;
            } else {
                hand++;
            }
        }
    }

    /** The last one takes the place of what goes. */
    private boolean evict(int slot) {
        HostInode inode = at(slot);
        drop(inode);
        if (inode.hasDescriptor()) {
            return false;
        }
        inode.inCache = false;
        clock[slot] = clock[--count];
        clock[count] = null;
        return true;
    }

    private HostInode at(int slot) {
        HostInode inode = clock[slot];
        if (inode == null) {
            throw new IllegalStateException("a hole in the clock");
        }
        return inode;
    }
}
