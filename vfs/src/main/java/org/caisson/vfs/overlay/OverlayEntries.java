package org.caisson.vfs.overlay;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.Name;
import org.caisson.vfs.RememberedNames;
import org.jspecify.annotations.Nullable;

/** The names of an overlay as far as they are known: what the layers were asked for, and what was changed since. */
final class OverlayEntries {
    private final OverlayFileSystem overlay;
    private final LayerStack layers;
    private final FileTable files;
    private final RememberedNames<OverlayDentry> remembered;

    OverlayEntries(OverlayFileSystem overlay, LayerStack layers, FileTable files) {
        this.overlay = overlay;
        this.layers = layers;
        this.files = files;
        remembered = new RememberedNames<>(this::forget, layers.options().names());
    }

    /** The dentry of a name; null if there is no file of the name. No monitor of a directory is held. */
    @Nullable
    OverlayDentry lookup(OverlayDentry parent, Name name) throws ErrnoException {
        OverlayDentry found = find(parent, name);
        makeRoom();
        return found;
    }

    /** The same for who may hold the monitor of the directory, and is to {@link #makeRoom} without it. */
    @Nullable
    OverlayDentry find(OverlayDentry parent, Name name) throws ErrnoException {
        synchronized (parent) {
            OverlayDentry present = (OverlayDentry) parent.child(name);
            if (present != null) {
                return present.isNegative() ? null : present;
            }
            OverlayDentry known = overlay.recall(parent, name);
            if (known != null) {
                return remember(parent, known);
            }
            LayerLookup.Found found = new LayerLookup(layers, name).in(parent.file());
            if (found == null) {
                remember(parent, OverlayDentry.negative(parent, name));
                return null;
            }
            OverlayInode inode = files.of(found);
            OverlayDentry made = OverlayDentry.of(parent, name, inode, found.upper() != null);
            inode.addName(made);
            return remember(parent, made);
        }
    }

    private OverlayDentry remember(OverlayDentry parent, OverlayDentry child) {
        overlay.attach(parent, child);
        remembered.add(child);
        return child;
    }

    /** Forgets names that are only too many to remember. No monitor of a directory is held. */
    void makeRoom() {
        remembered.makeRoom();
    }

    private boolean forget(OverlayDentry dentry) {
        OverlayDentry above = dentry.directory();
        if (!dentry.isNegative() || above == null) {
            return overlay.forget(dentry);
        }
        overlay.detach(above, dentry);
        return true;
    }

    /**
     * Whether an entry may be forgotten; the monitor of its directory is held. Entries that were fetched for who watches must stay as long
     * as anybody does.
     */
    boolean mayForget(OverlayDentry directory, OverlayDentry entry) {
        OverlayInode above = directory.file();
        if (entry.file().isUnmarked() || (above.isFetched() && overlay.observer() != null)) {
            return false;
        }
        // Before it is out of the table, so that whoever does not find it there looks further.
        above.setIncomplete();
        return true;
    }

    /** The number of an entry that a layer lists with that layer's number; the same as stat(2) shows. */
    long numberOf(OverlayDentry directory, LayerFile from, Name name, int type, long number) throws ErrnoException {
        OverlayDentry known = (OverlayDentry) directory.child(name);
        if (known != null && !known.isNegative()) {
            return known.inode().number();
        }
        OverlayInode parent = directory.file();
        boolean mayDiffer =
                from.layer().isUpper() && (parent.isImpure() || (type == StatMode.S_IFDIR >>> 12 && parent.hasLower()));
        if (mayDiffer) {
            OverlayDentry found = lookup(directory, name);
            if (found != null) {
                return found.inode().number();
            }
        }
        return layers.shown(from.layer(), number);
    }

    // What changes entries; the caller holds the monitor of the directory.

    /** EEXIST if a directory has an entry of a name, ENOENT if it was removed. */
    void requireFree(OverlayDentry directory, Name name) throws ErrnoException {
        if (directory.isSealed()) {
            throw Errno.ENOENT.exception();
        }
        OverlayDentry present = (OverlayDentry) directory.child(name);
        boolean isUnknown = present == null && !directory.file().isComplete();
        if (isUnknown ? find(directory, name) != null : present != null && !present.isNegative()) {
            throw Errno.EEXIST.exception();
        }
    }

    private void dropNegative(OverlayDentry directory, Name name) {
        OverlayDentry present = (OverlayDentry) directory.child(name);
        if (present != null && present.isNegative()) {
            overlay.detach(directory, present);
        }
    }

    /** Enters a new name into a directory; {@link #makeRoom} is to follow. */
    OverlayDentry enter(OverlayDentry directory, Name name, OverlayInode inode, boolean isLink) {
        dropNegative(directory, name);
        OverlayDentry made = OverlayDentry.of(directory, name, inode, true);
        inode.addName(made);
        FileSystemObserver observer = overlay.begin();
        try {
            remember(directory, made);
            if (observer != null) {
                if (isLink) {
                    observer.linked(made);
                } else {
                    observer.created(made);
                }
            }
        } finally {
            overlay.end(observer);
        }
        return made;
    }

    /** Takes a name out of a directory. */
    void leave(OverlayDentry directory, OverlayDentry victim) {
        FileSystemObserver observer = overlay.begin();
        try {
            overlay.detach(directory, victim);
            victim.file().removeName(victim);
            if (observer != null) {
                observer.removed(victim);
            }
        } finally {
            overlay.end(observer);
        }
    }

    void moved(OverlayDentry source, OverlayDentry from, OverlayDentry to, Name name, @Nullable OverlayDentry target) {
        Name oldName = source.name();
        dropNegative(to, name);
        FileSystemObserver observer = overlay.begin();
        try {
            if (target != null) {
                overlay.replace(source, target);
            } else {
                overlay.move(source, to, name);
            }
            if (target != null) {
                target.file().removeName(target);
            }
            if (observer != null) {
                observer.moved(source, from, oldName, target);
            }
        } finally {
            overlay.end(observer);
        }
    }

    void swapped(OverlayDentry one, OverlayDentry other) {
        FileSystemObserver observer = overlay.begin();
        try {
            overlay.exchange(one, other);
            if (observer != null) {
                observer.exchanged(one, other);
            }
        } finally {
            overlay.end(observer);
        }
    }

    /** Lets nothing come into a directory any more that holds nothing. */
    void bury(OverlayDentry directory) {
        directory.forEachChild(child -> overlay.detach(directory, (OverlayDentry) child));
        directory.seal();
    }
}
