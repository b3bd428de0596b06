package org.caisson.vfs.overlay;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of an overlay that have several names, by the files of the layers that they stand for: so that each name leads to the same
 * one. A file is forgotten when nothing refers to it any more. Its monitor is the last of all locks.
 */
final class InodeTable {
    private final Map<Identity, Entry> entries = new HashMap<>();
    private final ReferenceQueue<OverlayInode> gone = new ReferenceQueue<>();

    /** A layer's file: what {@link org.caisson.vfs.FileSystem#identityOf} says. */
    private record Identity(Object file) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Identity identity && identity.file == file;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(file);
        }
    }

    private static final class Entry extends WeakReference<OverlayInode> {
        final Identity identity;

        Entry(Identity identity, OverlayInode inode, ReferenceQueue<OverlayInode> queue) {
            super(inode, queue);
            this.identity = identity;
        }
    }

    /** The file that stands for a layer's file, if it is known. */
    synchronized @Nullable OverlayInode get(Object layerFile) {
        Entry entry = entries.get(new Identity(layerFile));
        return entry == null ? null : entry.get();
    }

    /** Remembers a file unless there is one already; returns the one that is known now. */
    synchronized OverlayInode putIfAbsent(Object layerFile, OverlayInode inode) {
        forgetGone();
        Identity identity = new Identity(layerFile);
        Entry entry = entries.get(identity);
        OverlayInode known = entry == null ? null : entry.get();
        if (known != null) {
            return known;
        }
        entries.put(identity, new Entry(identity, inode, gone));
        return inode;
    }

    private void forgetGone() {
        for (Object next = gone.poll(); next != null; next = gone.poll()) {
            if (next instanceof Entry entry) {
                entries.remove(entry.identity, entry);
            }
        }
    }
}
