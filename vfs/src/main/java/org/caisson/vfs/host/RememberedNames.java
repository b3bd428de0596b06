package org.caisson.vfs.host;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many dentries are kept. What was found first goes first; what has children or is a mount point stays. A
 * dentry that goes may still be in use: it is put back if its name is found again.
 */
final class RememberedNames {
    private static final int TRIES = 16;

    private final HostFileSystem fileSystem;
    private final int most;

    /** Under the monitor. */
    private final ArrayDeque<HostDentry> order = new ArrayDeque<>();

    RememberedNames(HostFileSystem fileSystem, int most) {
        this.fileSystem = fileSystem;
        this.most = most;
    }

    /** Counts a dentry that was put into its directory, and makes room. */
    void add(HostDentry dentry) {
        synchronized (this) {
            order.addLast(dentry);
            if (order.size() <= most) {
                return;
            }
        }
        for (int tries = 0; tries < TRIES; tries++) {
            HostDentry oldest = oldest();
            if (oldest == null) {
                return;
            }
            if (oldest.isMountPoint() || oldest.childCount() != 0) {
                keep(oldest);
            } else {
                fileSystem.forget(oldest);
            }
        }
    }

    private synchronized @Nullable HostDentry oldest() {
        return order.size() > most ? order.pollFirst() : null;
    }

    private synchronized void keep(HostDentry dentry) {
        order.addLast(dentry);
    }
}
