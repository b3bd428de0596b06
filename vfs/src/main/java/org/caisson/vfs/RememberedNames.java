package org.caisson.vfs;

import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many dentries a tree keeps that can be found again. What was found first goes first; what is in use stays, and is tried again
 * when all others were. Safe for any thread; its own monitor is the last of all locks.
 *
 * @param <D> the tree's dentries
 */
public final class RememberedNames<D extends TreeDentry> {
    private static final int TRIES = 16;

    /** With fewer, names that one operation needs together could drive each other out for ever. */
    private static final int LEAST = 16;

    private final Predicate<D> forgetting;
    private final int most;

    /** Under the monitor. */
    private final ArrayDeque<D> order = new ArrayDeque<>();

    /**
     * Remembers none yet.
     *
     * @param forgetting takes a dentry out of its directory unless it is in use, see {@link TreeFileSystem#forget}; false if it is
     * @param most how many dentries are kept of which none is in use
     */
    public RememberedNames(Predicate<D> forgetting, int most) {
        this.forgetting = forgetting;
        this.most = Math.max(most, LEAST);
    }

    /** Counts a dentry that was put into its directory. */
    public synchronized void add(D dentry) {
        order.addLast(dentry);
    }

    /** Forgets what is too much. Called without the monitor of a directory, for it takes those of others. */
    public void makeRoom() {
        for (int tries = 0; tries < TRIES; tries++) {
            D oldest = oldest();
            if (oldest == null) {
                return;
            }
            if (!forgetting.test(oldest)) {
                add(oldest);
            }
        }
    }

    private synchronized @Nullable D oldest() {
        return order.size() > most ? order.pollFirst() : null;
    }
}
