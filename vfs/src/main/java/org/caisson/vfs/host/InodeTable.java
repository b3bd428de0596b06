package org.caisson.vfs.host;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import org.caisson.linux.Statx;
import org.jspecify.annotations.Nullable;

/** The files that something still holds, so that every name of a file leads to the same object. */
final class InodeTable {
    private final ConcurrentHashMap<Known, Known> files = new ConcurrentHashMap<>();
    private final ReferenceQueue<HostInode> unused = new ReferenceQueue<>();

    /** Weak, so that a file goes with its last dentry and description. Equal if of one number on one device. */
    private static final class Known extends WeakReference<HostInode> {
        private final long device;
        private final long number;

        Known(@Nullable HostInode inode, long device, long number, ReferenceQueue<HostInode> queue) {
            super(inode, queue);
            this.device = device;
            this.number = number;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Known known && known.number == number && known.device == device;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(number * 31 + device);
        }
    }

    /**
     * The file that the host told of. One that was not known has the attributes that were told; one that was keeps its own, which are
     * perhaps newer.
     */
    HostInode of(Statx told, boolean covered) {
        forgetUnused();
        long device = HostInode.deviceOf(told);
        Known known = files.get(new Known(null, device, told.inode(), unused));
        HostInode present = known == null ? null : known.get();
        if (present != null && present.isTold(told) && present.isCovered() == covered) {
            return present;
        }
        HostInode made = new HostInode(told, device, covered);
        Known reference = new Known(made, device, told.inode(), unused);
        while (true) {
            Known other = files.putIfAbsent(reference, reference);
            if (other == null) {
                return made;
            }
            present = other.get();
            if (present != null && present.isTold(told) && present.isCovered() == covered) {
                return present;
            }
            remove(other);
        }
    }

    /** Just this one: all of one number are equal to the map. */
    private void remove(Known known) {
        files.computeIfPresent(known, (key, present) -> present == known ? null : present);
    }

    private void forgetUnused() {
        Reference<? extends HostInode> gone;
        while ((gone = unused.poll()) != null) {
            if (gone instanceof Known known) {
                remove(known);
            }
        }
    }
}
