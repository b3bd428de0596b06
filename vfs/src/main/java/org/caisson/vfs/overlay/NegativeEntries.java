package org.caisson.vfs.overlay;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The negative dentries of an overlay, of which there are so many at most: each new one pushes out the one made longest ago. */
final class NegativeEntries {
    /** A power of two. */
    static final int MOST = 1 << 15;

    private final AtomicReferenceArray<@Nullable OverlayDentry> ring = new AtomicReferenceArray<>(MOST);
    private final AtomicInteger next = new AtomicInteger();

    /** Takes one in; returns one that is to be taken out of its directory. */
    @Nullable
    OverlayDentry add(OverlayDentry dentry) {
        return ring.getAndSet(next.getAndIncrement() & (MOST - 1), dentry);
    }
}
