package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.ReadinessListener;
import org.caisson.vfs.wait.WaitQueue;

/** An open file of a {@link MemoryFileSystem}. */
final class MemoryDescription extends FileDescription {
    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;

    private final MemoryFileSystem fileSystem;
    private final MemoryFile file;

    /** What a directory listed at its last rewind. */
    private List<MemoryFile.Place> listing = List.of();

    MemoryDescription(MemoryFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
        this.fileSystem = fileSystem;
        this.file = ((MemoryFile.Place) place.dentry()).file;
    }

    @Override
    public void stat(Stat out) {
        synchronized (fileSystem) {
            file.stat(out);
        }
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        synchronized (fileSystem) {
            file.change(change);
        }
    }

    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        fileSystem.beforeRead();
        synchronized (fileSystem) {
            return file.read(target, at, length, offset);
        }
    }

    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        synchronized (fileSystem) {
            boolean append = (flags() & OpenFlags.O_APPEND) != 0;
            return file.write(source, at, length, append ? file.size : offset);
        }
    }

    @Override
    public void readDirectory(long cookie, DirectorySink sink) {
        synchronized (fileSystem) {
            if (cookie == 0) {
                listing = new ArrayList<>(file.children.values());
            }
            MemoryFile.Place here = (MemoryFile.Place) place().dentry();
            for (int i = (int) cookie; i < listing.size() + 2; i++) {
                MemoryFile.Place at = i == 0 ? here : i == 1 ? here.parent : listing.get(i - 2);
                Name name = i == 0 ? Name.DOT : i == 1 ? Name.DOT_DOT : at.name;
                if (!sink.entry(name, at.file.inode, (at.file.mode & StatMode.S_IFMT) >>> 12, i + 1)) {
                    return;
                }
            }
        }
    }

    @Override
    public long seek(long offset, int whence) throws ErrnoException {
        synchronized (fileSystem) {
            if (offset < 0 || offset >= file.size) {
                throw Errno.ENXIO.exception();
            }
            return whence == SEEK_HOLE ? file.size : offset;
        }
    }

    @Override
    public void allocate(int mode, long offset, long length) throws ErrnoException {
        synchronized (fileSystem) {
            if ((mode & FALLOC_FL_PUNCH_HOLE) != 0) {
                int from = (int) Math.min(offset, file.size);
                Arrays.fill(file.data, from, (int) Math.min(offset + length, file.size), (byte) 0);
            } else if ((mode & FALLOC_FL_KEEP_SIZE) == 0 && offset + length > file.size) {
                file.resize(offset + length);
            }
        }
    }

    @Override
    public long copyRange(long offset, FileDescription target, long targetOffset, long length, int copyFlags)
            throws ErrnoException {
        synchronized (fileSystem) {
            int count = (int) Math.max(0, Math.min(length, file.size - offset));
            byte[] copy = Arrays.copyOfRange(file.data, (int) offset, (int) offset + count);
            return target.write(MemorySegment.ofArray(copy), targetOffset);
        }
    }

    @Override
    public void sync(boolean dataOnly) {
        // Memory has nothing behind it.
    }

    @Override
    protected void onRelease() {
        fileSystem.onRelease();
    }

    @Override
    public int readiness() {
        return fileSystem.readiness();
    }

    @Override
    public WaitQueue.Registration listen(int events, boolean once, ReadinessListener listener) {
        return fileSystem.listeners.listen(events, once, listener);
    }
}
