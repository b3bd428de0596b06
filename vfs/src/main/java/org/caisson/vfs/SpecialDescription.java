package org.caisson.vfs;

import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;

/** An open device node of a {@link TreeFileSystem}: attributes are the node's, data is the device's. */
public abstract class SpecialDescription extends FileDescription {
    private final TreeFileSystem fileSystem;
    private final TreeDentry node;

    /** The inode was acquired, and is released with the description. */
    protected SpecialDescription(VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
        this.fileSystem = (TreeFileSystem) place.mount().fileSystem();
        this.node = (TreeDentry) place.dentry();
    }

    @Override
    public void stat(Stat out) throws ErrnoException {
        fileSystem.refresh(node.inode());
        fileSystem.stat(node, out);
        out.mountId = place().mount().id();
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        fileSystem.changeOpened(this, credentials(), change);
    }

    @Override
    public void setStat(Credentials caller, SetStat change) throws ErrnoException {
        fileSystem.changeOpened(this, caller, change);
    }

    @Override
    public void allocate(int mode, long offset, long length) throws ErrnoException {
        if (offset < 0 || length <= 0) {
            throw Errno.EINVAL.exception();
        }
        throw isWritable() ? Errno.ENODEV.exception() : Errno.EBADF.exception();
    }

    @Override
    public long copyRange(long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        throw Errno.EINVAL.exception();
    }

    @Override
    protected void onRelease() {
        node.inode().release(node);
    }
}
