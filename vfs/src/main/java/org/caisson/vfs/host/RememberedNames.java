package org.caisson.vfs.host;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many dentries are kept. What was found first goes first; what has children or is a mount point stays. A
 * dentry that goes may still be in use: it is put back if its name is found again.
 */
final class RememberedNames {
    private static final int TRIES = 16;

    /** With fewer, names that one operation needs together could drive each other out for ever. */
    private static final int LEAST = 64;

    private final HostDentries dentries;
    private final int most;

    /** Under the monitor. */
    private final ArrayDeque<HostDentry> order = new ArrayDeque<>();

    RememberedNames(HostDentries dentries, int most) {
        this.dentries = dentries;
        this.most = Math.max(most, LEAST);
    }

    /** Counts a dentry that was put into its directory. */
    synchronized void add(HostDentry dentry) {
        order.addLast(dentry);
    }

    /** Forgets what is too much. Called without the monitor of a directory, for it takes those of others. */
    void makeRoom() {
        for (int tries = 0; tries < TRIES; tries++) {
            HostDentry oldest = oldest();
            if (oldest == null) {
                return;
            }
            if (oldest.isMountPoint() || oldest.childCount() != 0) {
                add(oldest);
            } else {
                dentries.forget(oldest);
            }
        }
    }

    private synchronized @Nullable HostDentry oldest() {
        return order.size() > most ? order.pollFirst() : null;
    }
}
