package org.caisson.vfs.mem;

import org.jspecify.annotations.Nullable;

/** That a directory and all beneath are the same for some snapshots. Under the monitor of {@link Snapshots}. */
final class SubtreeImage extends Image {
    private final MemDirectory directory;

    @Nullable
    SubtreeImage older;

    SubtreeImage(MemDirectory directory, int first, int last) {
        super(first, last);
        this.directory = directory;
    }

    @Override
    void discard() {
        directory.fileSystem.snapshots().discard(directory, this);
    }
}
