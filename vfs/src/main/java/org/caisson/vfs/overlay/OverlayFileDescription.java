package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.SeekableDescription;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;

/**
 * An open regular file of an overlay: moves data to and from a description in the layer that has it. Once a file is copied up, those who
 * opened it before read the copy too.
 */
final class OverlayFileDescription extends SeekableDescription {
    private final OverlayFileSystem overlay;
    private final OverlayInode inode;

    /** Replaced under the monitor when the data is copied up; what it replaces stays open until the release, for who still reads it. */
    private volatile Real real;

    /** An open file of a layer. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Real(VirtualDentry place, FileDescription description, Real[] before) {
        static final Real[] NONE = {};
    }

    /** Takes the layer's description over. */
    OverlayFileDescription(
            OverlayFileSystem overlay,
            VirtualDentry place,
            Credentials credentials,
            int flags,
            VirtualDentry data,
            FileDescription opened) {
        super(place, credentials, flags);
        this.overlay = overlay;
        this.inode = ((OverlayDentry) place.dentry()).file();
        real = new Real(data, opened, Real.NONE);
    }

    /** The flags with which a layer's file is opened for a description of the overlay's. */
    static int layerFlags(int flags) {
        return flags & ~(OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOCTTY);
    }

    private FileDescription real() throws ErrnoException {
        Real present = real;
        return present.place().equals(inode.dataPlace()) ? present.description() : moved();
    }

    private synchronized FileDescription moved() throws ErrnoException {
        VirtualDentry place = inode.dataPlace();
        Real present = real;
        if (present.place().equals(place)) {
            return present.description();
        }
        if (isWritable()) {
            // It was opened in the upper layer; only the name by which the file is known there is another.
            real = new Real(place, present.description(), present.before());
            return present.description();
        }
        FileDescription opened = overlay.calls().open(place, layerFlags(flags()) & ~OpenFlags.O_TRUNC);
        real = new Real(place, opened, new Real[] {present});
        return opened;
    }

    @Override
    protected long size() throws ErrnoException {
        Stat stat = new Stat();
        overlay.calls().stat(inode.real(), stat);
        return stat.size;
    }

    @Override
    protected long readAt(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        return real().read(target, at, length, offset);
    }

    @Override
    protected long writeAt(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException {
        long count = real().write(caller, source, at, length, offset);
        written();
        return count;
    }

    @Override
    protected long append(Credentials caller, MemorySegment source, long at, long length) throws ErrnoException {
        FileDescription file = real();
        synchronized (file) {
            long end = file.seek(0, SEEK_END);
            long count = file.write(caller, source, at, length, end);
            appendedUpTo(end + count);
            written();
            return count;
        }
    }

    /** Writing may have cleared set-id bits. */
    private void written() throws ErrnoException {
        if (AttributeChange.hasSetIds(inode)) {
            overlay.refresh(inode);
        }
    }

    @Override
    protected long seekData(long offset, boolean hole) throws ErrnoException {
        FileDescription file = real();
        synchronized (file) {
            return file.seek(offset, hole ? SEEK_HOLE : SEEK_DATA);
        }
    }

    @Override
    public void stat(Stat out) {
        overlay.statOpened((OverlayDentry) place().dentry(), out);
        out.mountId = place().mount().id();
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        setStat(credentials(), change);
    }

    @Override
    public void setStat(Credentials caller, SetStat change) throws ErrnoException {
        overlay.change(this, caller, change);
    }

    @Override
    protected void allocateData(Credentials caller, int mode, long offset, long length) throws ErrnoException {
        real().allocate(caller, mode, offset, length);
        written();
    }

    /** The data moves between the layers' files, which may share it. */
    @Override
    public long copyRange(
            Credentials caller, long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        if (!(target instanceof OverlayFileDescription other)) {
            return super.copyRange(caller, offset, target, targetOffset, length, copyFlags);
        }
        long count = real().copyRange(caller, offset, other.real(), targetOffset, length, copyFlags);
        other.written();
        return count;
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        if (inode.isUpper() && !overlay.configuration().isVolatile()) {
            real().sync(dataOnly);
        }
    }

    @Override
    protected void onRelease() {
        Real last = real;
        last.description().release();
        for (Real earlier : last.before()) {
            earlier.description().release();
        }
    }
}
