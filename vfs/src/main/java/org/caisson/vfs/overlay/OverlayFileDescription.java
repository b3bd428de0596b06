package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.AttributeChange;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.SeekableDescription;
import org.caisson.vfs.TreeFileDescription;
import org.caisson.vfs.VirtualDentry;

/**
 * An open regular file of an overlay: moves data to and from a description in the layer that has it. Once a file is copied up, those who
 * opened it before read the copy too.
 */
final class OverlayFileDescription extends TreeFileDescription {
    private final OverlayFileSystem overlay;
    private final OverlayInode inode;

    /** Replaced under the monitor when the data is copied up; what it replaces stays open until the release, for who still reads it. */
    private volatile Real real;

    /** An open file of a layer, and those that were in use before. */
    private record Real(VirtualDentry place, FileDescription description, List<FileDescription> before) {}

    /** Takes the layer's description over. */
    OverlayFileDescription(
            OverlayFileSystem overlay,
            VirtualDentry place,
            Credentials credentials,
            int flags,
            VirtualDentry data,
            FileDescription opened) {
        super(overlay, place, credentials, flags);
        this.overlay = overlay;
        this.inode = ((OverlayDentry) place.dentry()).file();
        real = new Real(data, opened, List.of());
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
        FileDescription opened = overlay.layers().calls().open(place, layerFlags(flags()) & ~OpenFlags.O_TRUNC);
        real = new Real(place, opened, List.of(present.description()));
        return opened;
    }

    /** What is done with the layer's file. */
    private interface Change {
        long make(FileDescription file) throws ErrnoException;
    }

    /** Does something with the layer's file, which is to be written to in the same manner. */
    private long change(Credentials caller, Change change) throws ErrnoException {
        // It may take the monitor, which somebody may hold who waits at the gate.
        FileDescription file = real();
        int passed = overlay.gate().enter();
        try {
            if (AttributeChange.hasSetIds(inode)) {
                overlay.changes().dropSetIds(caller, inode);
                tellModeDropped();
            }
            if (((file.flags() ^ flags()) & OpenFlags.O_APPEND) != 0) {
                file.setFlags(overlay.layers().calls().mounter(), layerFlags(flags()));
            }
            return change.make(file);
        } finally {
            overlay.gate().leave(passed);
        }
    }

    /** The kernel changes the layer's file, so that nobody who watches the overlay's is told. */
    private void tellModeDropped() {
        FileSystemObserver observer = overlay.observer();
        if (observer != null) {
            observer.modeDropped(place().dentry());
        }
    }

    @Override
    protected long size() throws ErrnoException {
        return overlay.layers().calls().stat(inode.real()).size;
    }

    @Override
    protected long readData(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        return real().read(target, at, length, offset);
    }

    @Override
    protected long readData(List<MemorySegment> targets, long length, long offset) throws ErrnoException {
        return real().read(targets, offset);
    }

    @Override
    protected long writeAt(Credentials caller, MemorySegment source, long at, long length, long offset)
            throws ErrnoException {
        return change(caller, file -> wrote(offset, file.write(source, at, length, offset)));
    }

    @Override
    protected long writeAt(Credentials caller, List<MemorySegment> sources, long length, long offset)
            throws ErrnoException {
        return change(caller, file -> wrote(offset, file.write(sources, offset)));
    }

    @Override
    protected long append(Credentials caller, MemorySegment source, long at, long length) throws ErrnoException {
        return change(caller, file -> {
            synchronized (file) {
                long count = file.write(source.asSlice(at, length));
                return appended(count, file.seek(0, SEEK_CUR));
            }
        });
    }

    @Override
    protected long append(Credentials caller, List<MemorySegment> sources, long length) throws ErrnoException {
        return change(caller, file -> {
            synchronized (file) {
                long count = file.write(sources);
                return appended(count, file.seek(0, SEEK_CUR));
            }
        });
    }

    private long appended(long count, long end) throws ErrnoException {
        appendedUpTo(end);
        return wrote(end - count, count);
    }

    private long wrote(long offset, long count) throws ErrnoException {
        overlay.dataChanged(inode, offset, count);
        return count;
    }

    @Override
    protected long seekData(long offset, boolean hole) throws ErrnoException {
        FileDescription file = real();
        synchronized (file) {
            return file.seek(offset, hole ? SEEK_HOLE : SEEK_DATA);
        }
    }

    @Override
    protected void allocateData(Credentials caller, int mode, long offset, long length) throws ErrnoException {
        change(caller, file -> {
            file.allocate(mode, offset, length);
            return 0;
        });
        tellWritten();
        overlay.dataChanged(inode, offset, length);
    }

    /** The data moves between the layers' files, which may share it. */
    @Override
    protected long copyData(Credentials caller, long offset, SeekableDescription target, long targetOffset, long length)
            throws ErrnoException {
        if (!(target instanceof OverlayFileDescription other)) {
            return super.copyData(caller, offset, target, targetOffset, length);
        }
        FileDescription source = real();
        long count = other.change(caller, file -> source.copyRange(offset, file, targetOffset, length, 0));
        return other.wrote(targetOffset, count);
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        if (inode.isUpper() && !overlay.layers().options().isVolatile()) {
            real().sync(dataOnly);
        }
    }

    @Override
    protected void onRelease() {
        Real last = real;
        last.description().release();
        for (FileDescription earlier : last.before()) {
            earlier.release();
        }
        super.onRelease();
    }
}
