package org.caisson.vfs.host;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.concurrent.ConcurrentHashMap;
import org.caisson.linux.Statx;

/** The files that something still holds, so that every name of a file leads to the same object. */
final class InodeTable {
    private final ConcurrentHashMap<Key, Known> files = new ConcurrentHashMap<>();
    private final ReferenceQueue<HostInode> unused = new ReferenceQueue<>();

    private final HostFiles owner;

    InodeTable(HostFiles owner) {
        this.owner = owner;
    }

    private record Key(long device, long number) {}

    /** Weak, so that a file goes with its last dentry and description. */
    private static final class Known extends WeakReference<HostInode> {
        private final Key key;

        Known(HostInode inode, Key key, ReferenceQueue<HostInode> queue) {
            super(inode, queue);
            this.key = key;
        }
    }

    /**
     * The file that the host told of. One that was not known has the attributes that were told; one that was keeps its own, which are
     * perhaps newer.
     */
    HostInode of(Statx told, boolean covered) {
        forgetUnused();
        Key key = new Key(HostInode.deviceOf(told), told.inode());
        Known known = files.get(key);
        HostInode made = null;
        while (true) {
            HostInode present = known == null ? null : known.get();
            if (present != null && present.isTold(told) && present.isCovered() == covered) {
                return present;
            }
            if (known != null) {
                files.remove(key, known);
            }
            if (made == null) {
                made = new HostInode(told, key.device, covered, owner);
            }
            known = files.putIfAbsent(key, new Known(made, key, unused));
            if (known == null) {
                return made;
            }
        }
    }

    private void forgetUnused() {
        Reference<? extends HostInode> gone;
        while ((gone = unused.poll()) != null) {
            if (gone instanceof Known known) {
                files.remove(known.key, known);
            }
        }
    }
}
