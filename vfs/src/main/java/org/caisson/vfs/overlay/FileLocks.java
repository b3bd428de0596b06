package org.caisson.vfs.overlay;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The locks of files: who copies a file up, or takes, gives or moves one of its names, holds it. They are not the monitors of the inodes,
 * because copying takes its time. Files share a few of them; nobody asks for a second while holding one but renames, of which there is
 * one at a time.
 */
final class FileLocks {
    /** A power of two. */
    private static final int COUNT = 256;

    private final ReentrantLock[] locks = new ReentrantLock[COUNT];

    FileLocks() {
        for (int i = 0; i < COUNT; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    ReentrantLock of(OverlayInode inode) {
        return locks[System.identityHashCode(inode) & (COUNT - 1)];
    }
}
