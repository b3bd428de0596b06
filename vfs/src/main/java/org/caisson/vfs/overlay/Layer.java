package org.caisson.vfs.overlay;

import org.caisson.vfs.VirtualDentry;

/**
 * One of the trees that an overlay shows on top of each other.
 *
 * @param index 0 for the upper layer, 1 for the topmost of the lower ones, and so on downwards
 * @param root its top, through a mount of the overlay's own, beneath which nothing is mounted
 * @param fileSystem tells layers on different file systems apart, from 0 on
 */
record Layer(int index, VirtualDentry root, int fileSystem) {
    static final int UPPER = 0;

    boolean isUpper() {
        return index == UPPER;
    }
}
