package org.caisson.vfs.overlay;

import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/** A name in an overlay. One that is negative says that there is no file of this name, so that no layer needs to be asked again. */
final class OverlayDentry extends TreeDentry {
    /** Whether the upper layer has an entry of this name: false for another name of a file that was copied up by one. */
    private volatile boolean inUpper;

    private OverlayDentry(@Nullable OverlayDentry parent, Name name, OverlayInode inode, boolean inUpper) {
        super(parent, name, inode);
        this.inUpper = inUpper;
    }

    private OverlayDentry(OverlayDentry parent, Name name) {
        super(parent, name, new NoFile(), true);
    }

    static OverlayDentry of(@Nullable OverlayDentry parent, Name name, OverlayInode inode, boolean inUpper) {
        return new OverlayDentry(parent, name, inode, inUpper);
    }

    static OverlayDentry negative(OverlayDentry parent, Name name) {
        return new OverlayDentry(parent, name);
    }

    boolean isNegative() {
        return inode() instanceof NoFile;
    }

    /** The file; the dentry is not negative. */
    OverlayInode file() {
        return (OverlayInode) inode();
    }

    @Nullable
    OverlayDentry directory() {
        return (OverlayDentry) parent();
    }

    boolean isInUpper() {
        return inUpper;
    }

    void setInUpper() {
        inUpper = true;
    }
}
