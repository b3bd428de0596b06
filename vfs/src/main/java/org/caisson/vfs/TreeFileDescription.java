package org.caisson.vfs;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.caisson.linux.ErrnoException;

/** An open regular file of a {@link TreeFileSystem}: what does not depend on where data is kept. */
public abstract class TreeFileDescription extends SeekableDescription {
    private final TreeFileSystem fileSystem;
    private final Inode inode;

    /** The inode was acquired, and is released with the description. */
    protected TreeFileDescription(TreeFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
        this.fileSystem = fileSystem;
        this.inode = ((TreeDentry) place.dentry()).inode();
    }

    /** Reads as {@link #readAt}; the access time is noted afterwards. */
    protected abstract long readData(MemorySegment target, long at, long length, long offset) throws ErrnoException;

    /** Reads several segments as one; the access time is noted afterwards. */
    protected long readData(List<MemorySegment> targets, long length, long offset) throws ErrnoException {
        return super.readAt(targets, length, offset);
    }

    @Override
    protected final long readAt(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        long count = readData(target, at, length, offset);
        fileSystem.touch(place().mount(), flags(), inode);
        return count;
    }

    @Override
    protected final long readAt(List<MemorySegment> targets, long length, long offset) throws ErrnoException {
        long count = readData(targets, length, offset);
        fileSystem.touch(place().mount(), flags(), inode);
        return count;
    }

    @Override
    public void stat(Stat out) throws ErrnoException {
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
        return fileSystem.getXattr(place().mount().through(caller), inode, name, target);
    }

    @Override
    public long listXattr(Credentials caller, MemorySegment target) throws ErrnoException {
        return fileSystem.listXattr(place().mount().through(caller), inode, target);
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
    public long ioctl(int command, MemorySegment argument) throws ErrnoException {
        return ioctl(credentials(), command, argument);
    }

    @Override
    public long ioctl(Credentials caller, int command, MemorySegment argument) throws ErrnoException {
        return fileSystem.flagRequest(this, caller, command, argument);
    }

    @Override
    protected void onRelease() {
        inode.release((TreeDentry) place().dentry());
    }
}
