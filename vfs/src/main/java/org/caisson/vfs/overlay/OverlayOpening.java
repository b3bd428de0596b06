package org.caisson.vfs.overlay;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.Interruption;
import org.jspecify.annotations.Nullable;

/** Opens the files of an overlay: in a layer, and in the upper one before they are written to. */
final class OverlayOpening {
    private final OverlayFileSystem overlay;

    /** Null for an overlay that cannot be written to. */
    private final @Nullable CopyUp copyUp;

    OverlayOpening(OverlayFileSystem overlay, @Nullable CopyUp copyUp) {
        this.overlay = overlay;
        this.copyUp = copyUp;
    }

    /** Opens what is no pipe and may be opened. */
    FileDescription open(VirtualDentry place, Credentials credentials, int flags) throws ErrnoException {
        OverlayDentry dentry = (OverlayDentry) place.dentry();
        OverlayInode inode = dentry.file();
        if (inode.isDirectory()) {
            inode.acquire(dentry);
            return new OverlayDirectoryDescription(overlay, place, credentials, flags);
        }
        if (!inode.isRegular()) {
            throw Errno.ENXIO.exception();
        }
        boolean truncates = (flags & OpenFlags.O_TRUNC) != 0;
        boolean writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
        if (!writes && !truncates) {
            return openLayer(place, credentials, flags);
        }
        int passed = overlay.gate().enter();
        try {
            bringUp(dentry, truncates ? 0 : CopyUp.ALL);
            return openLayer(place, credentials, flags);
        } finally {
            overlay.gate().leave(passed);
        }
    }

    private void bringUp(OverlayDentry dentry, long length) throws ErrnoException {
        if (copyUp == null) {
            throw Errno.EROFS.exception();
        }
        if (dentry.hasName()) {
            copyUp.copy(dentry, length);
        } else {
            // The name is gone: what is opened again is perhaps known by another, or by none.
            overlay.changes().bringUp(dentry.file(), length);
        }
    }

    private FileDescription openLayer(VirtualDentry place, Credentials credentials, int flags) throws ErrnoException {
        OverlayDentry dentry = (OverlayDentry) place.dentry();
        OverlayInode inode = dentry.file();
        boolean truncates = (flags & OpenFlags.O_TRUNC) != 0;
        VirtualDentry data = inode.dataPlace();
        LayerCalls calls = overlay.layers().calls();
        int layerFlags = OverlayFileDescription.layerFlags(flags);
        FileDescription opened = inode.isUpper() ? calls.open(data, layerFlags) : calls.openUnnoticed(data, layerFlags);
        if (truncates && AttributeChange.hasSetIds(inode)) {
            overlay.changes().dropSetIds(credentials, inode);
        }
        inode.acquire(dentry);
        return new OverlayFileDescription(overlay, place, credentials, flags, data, opened);
    }

    /** A pipe is the overlay's, not the layer's: who opens the layer's file meets nobody who opened this one. */
    FileDescription openFifo(
            VirtualDentry place, Credentials credentials, int flags, @Nullable Interruption interruption)
            throws ErrnoException {
        OverlayInode inode = ((OverlayDentry) place.dentry()).file();
        inode.acquire();
        boolean opened = false;
        try {
            FileDescription description =
                    inode.pipe().open(place, credentials, flags, new OverlayPipe(overlay, inode), interruption);
            opened = true;
            return description;
        } finally {
            if (!opened) {
                inode.release();
            }
        }
    }

    /** Opens what was just made and opened in the upper layer. */
    void opened(ResolvingPath path, EntryCreation.Made made, int flags) {
        FileDescription real = made.opened();
        if (real == null) {
            throw new IllegalStateException("a file was made but not opened");
        }
        VirtualDentry place = new VirtualDentry(path.mount(), made.dentry());
        VirtualDentry data = made.dentry().file().dataPlace();
        made.dentry().file().acquire(made.dentry());
        path.opened(new OverlayFileDescription(overlay, place, path.credentials(), flags, data, real));
    }
}
