package org.caisson.vfs.overlay;

import java.util.concurrent.locks.ReentrantLock;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;

/** Takes entries away: out of the upper layer, and from view by a whiteout where a lower layer has the name. */
final class EntryRemoval {
    private final OverlayFileSystem overlay;
    private final LayerCalls calls;
    private final Workspace workspace;
    private final CopyUp copyUp;
    private final HardLinks hardLinks;

    EntryRemoval(OverlayFileSystem overlay, Workspace workspace, CopyUp copyUp, HardLinks hardLinks) {
        this.overlay = overlay;
        this.calls = overlay.layers().calls();
        this.workspace = workspace;
        this.copyUp = copyUp;
        this.hardLinks = hardLinks;
    }

    /** Removes a name of a file that is no directory; false if it is not that file's any more. */
    boolean file(OverlayDentry directory, OverlayDentry victim, Name name) throws ErrnoException {
        copyUp.directory(directory);
        OverlayInode inode = victim.file();
        OverlayInode parent = directory.file();
        synchronized (directory) {
            ReentrantLock lock = copyUp.lockOf(inode);
            lock.lock();
            try {
                if (directory.child(name) != victim) {
                    return false;
                }
                VirtualDentry upper = parent.upperPlace();
                boolean covers = lowerHas(parent, victim);
                countDown(victim);
                if (!covers) {
                    calls.unlink(upper, victim.name());
                } else if (victim.isInUpper()) {
                    workspace.replaceByWhiteout(upper, victim.name(), false);
                } else {
                    workspace.whiteout(upper, victim.name());
                }
                overlay.entries().leave(directory, victim);
                countedDown(inode);
                return true;
            } finally {
                lock.unlock();
            }
        }
    }

    /** Writes down that a file is about to lose a name; the caller holds its lock. */
    void countDown(OverlayDentry victim) throws ErrnoException {
        OverlayInode inode = victim.file();
        inode.keep();
        if (inode.links() > 1) {
            hardLinks.count(inode, inode.links() - 1, victim.isInUpper() ? -1 : 0);
        }
    }

    /** The file lost a name. */
    void countedDown(OverlayInode inode) throws ErrnoException {
        int links = inode.links();
        if (links <= 0) {
            return;
        }
        inode.links(links - 1);
        Name key = inode.key();
        if (links == 1 && key != null) {
            hardLinks.remove(key);
        }
    }

    /** Removes a directory; ENOTEMPTY if it holds more than whiteouts; false if it is not there under its name any more. */
    boolean directory(OverlayDentry directory, OverlayDentry victim) throws ErrnoException {
        requireEmpty(victim);
        copyUp.directory(directory);
        synchronized (directory) {
            synchronized (victim) {
                copyUp.directories().lock();
                try {
                    if (directory.child(victim.name()) != victim) {
                        return false;
                    }
                    requireEmpty(victim);
                    removeDirectory(directory.file(), victim);
                    overlay.entries().bury(victim);
                    overlay.entries().leave(directory, victim);
                    return true;
                } finally {
                    copyUp.directories().unlock();
                }
            }
        }
    }

    private void removeDirectory(OverlayInode parent, OverlayDentry victim) throws ErrnoException {
        VirtualDentry upper = parent.upperPlace();
        boolean covers = lowerHas(parent, victim);
        if (!victim.isInUpper()) {
            workspace.whiteout(upper, victim.name());
        } else if (covers) {
            workspace.replaceByWhiteout(upper, victim.name(), true);
        } else if (victim.file().hasLower()) {
            workspace.takeAway(upper, victim.name());
        } else {
            removePlain(upper, victim.name());
        }
    }

    private void removePlain(VirtualDentry upper, Name name) throws ErrnoException {
        try {
            calls.rmdir(upper, name);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOTEMPTY) {
                throw e;
            }
            // There are whiteouts in it, of another overlay's doing.
            workspace.takeAway(upper, name);
        }
    }

    /** ENOTEMPTY if a directory holds more than whiteouts, which lasts if the caller holds its monitor. */
    void requireEmpty(OverlayDentry directory) throws ErrnoException {
        if (!MergedListing.isEmpty(overlay.layers(), directory.file())) {
            throw Errno.ENOTEMPTY.exception();
        }
    }

    /** Whether a lower layer would show something under the name of an entry (the kernel's {@code ovl_lower_positive}). */
    boolean lowerHas(OverlayInode parent, OverlayDentry entry) throws ErrnoException {
        if (!entry.isInUpper()) {
            return true;
        }
        for (LayerFile lower : parent.lowers()) {
            Stat stat = calls.tryStat(lower.place(), entry.name());
            if (stat != null) {
                return !overlay.layers().isWhiteout(lower, entry.name(), stat);
            }
        }
        return false;
    }
}
