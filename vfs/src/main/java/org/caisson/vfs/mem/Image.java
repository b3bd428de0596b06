package org.caisson.vfs.mem;

/** What some part of a file was like before it changed, for the snapshots that were taken before. */
abstract class Image {
    private final int first;
    private final int last;

    /** For snapshots of numbers from one to another, which is included. */
    Image(int first, int last) {
        this.first = first;
        this.last = last;
    }

    /** The number of the first snapshot that sees this. */
    final int first() {
        return first;
    }

    /** The number of the last snapshot that sees this. */
    final int last() {
        return last;
    }

    final boolean covers(int snapshot) {
        return first <= snapshot && snapshot <= last;
    }

    /** Gives up what no snapshot sees any more. Takes the locks of what it is of. */
    abstract void discard();
}
