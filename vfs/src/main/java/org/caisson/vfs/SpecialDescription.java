package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
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
        fileSystem.stat(place(), out);
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
    public long getXattr(Credentials caller, Name name, MemorySegment target) throws ErrnoException {
        return fileSystem.getXattr(place().mount().through(caller), node.inode(), name, target);
    }

    @Override
    public long listXattr(Credentials caller, MemorySegment target) throws ErrnoException {
        return fileSystem.listXattr(place().mount().through(caller), node.inode(), target);
    }

    @Override
    public void setXattr(Credentials caller, Name name, MemorySegment value, int xattrFlags) throws ErrnoException {
        fileSystem.changeXattr(this, caller, name, value, xattrFlags);
    }

    @Override
    public void removeXattr(Credentials caller, Name name) throws ErrnoException {
        fileSystem.changeXattr(this, caller, name, null, 0);
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
