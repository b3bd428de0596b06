package org.caisson.vfs;

import org.jspecify.annotations.Nullable;

/**
 * A node of a circular list that runs through mounts: leaving it needs no search, and where a newcomer goes is a matter of
 * the caller. A list either has a head, a node that stands for no mount, or is a ring of members alone. Under the mount lock.
 */
final class MountLink {
    private final @Nullable Mount mount;
    private MountLink next = this;
    private MountLink previous = this;

    /** A list of one. */
    MountLink(Mount mount) {
        this.mount = mount;
    }

    /** The head of an empty list. */
    MountLink() {
        mount = null;
    }

    /** Whether this node is in no list, or this head's list is empty. */
    boolean isAlone() {
        return next == this;
    }

    /** The mount of the next node; null at a head. */
    @Nullable
    Mount next() {
        return next.mount;
    }

    /** The mount of the next node of a ring. */
    Mount nextInRing() {
        Mount following = next.mount;
        if (following == null) {
            throw new IllegalStateException("not a ring");
        }
        return following;
    }

    /** The mount of the node before; null at a head. */
    @Nullable
    Mount previous() {
        return previous.mount;
    }

    /** Puts this node, which is alone, behind another. */
    void insertAfter(MountLink place) {
        next = place.next;
        previous = place;
        next.previous = this;
        place.next = this;
    }

    /** Puts this node, which is alone, before another: before a head is at the end. */
    void insertBefore(MountLink place) {
        insertAfter(place.previous);
    }

    /** Takes this node out of its list, if it is in one. */
    void remove() {
        previous.next = next;
        next.previous = previous;
        next = this;
        previous = this;
    }

    /** Moves the members of this head's list, in order, to the beginning of another's. */
    void moveAllTo(MountLink head) {
        if (isAlone()) {
            return;
        }
        MountLink first = next;
        MountLink last = previous;
        next = this;
        previous = this;
        last.next = head.next;
        head.next.previous = last;
        head.next = first;
        first.previous = head;
    }
}
