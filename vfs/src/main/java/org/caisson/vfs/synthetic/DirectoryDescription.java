package org.caisson.vfs.synthetic;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreeDentry;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/** An open directory. Its entries are listed when reading begins at cookie 0; later cookies count in that list. */
final class DirectoryDescription extends FileDescription {
    private static final int DIRECTORY_TYPE = 4;

    private final SyntheticFileSystem fileSystem;
    private final TreeDentry directory;

    /** Under the monitor, as is the position. */
    private @Nullable List<Listed> listing;

    private long position;

    private record Listed(Name name, long inode, int type) {}

    DirectoryDescription(SyntheticFileSystem fileSystem, VirtualDentry place, Credentials credentials, int flags) {
        super(place, credentials, flags);
        this.fileSystem = fileSystem;
        this.directory = (TreeDentry) place.dentry();
    }

    @Override
    public void stat(Stat out) {
        fileSystem.statOpened(directory, out);
        out.seenThrough(place().mount(), place().dentry());
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        int outcome = fileSystem.change(credentials(), directory.inode(), change);
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
    }

    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        throw Errno.EISDIR.exception();
    }

    @Override
    public long read(MemorySegment target) throws ErrnoException {
        throw Errno.EISDIR.exception();
    }

    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public long write(MemorySegment source) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public void readDirectory(long cookie, DirectorySink sink) throws ErrnoException {
        readDirectory(credentials().withCaller(0), cookie, sink);
    }

    @Override
    public void readDirectory(Credentials caller, long cookie, DirectorySink sink) throws ErrnoException {
        if (cookie < 0) {
            throw Errno.EINVAL.exception();
        }
        List<Listed> entries = entries(caller, cookie == 0);
        for (long next = cookie; next < entries.size(); next++) {
            Listed entry = entries.get((int) next);
            if (!sink.entry(entry.name(), entry.inode(), entry.type(), next + 1)) {
                return;
            }
        }
    }

    private synchronized List<Listed> entries(Credentials caller, boolean anew) throws ErrnoException {
        List<Listed> known = listing;
        if (known != null && !anew) {
            return known;
        }
        List<Listed> made = list(caller);
        listing = made;
        return made;
    }

    private List<Listed> list(Credentials caller) throws ErrnoException {
        SyntheticInode inode = SyntheticFileSystem.inode(directory);
        TreeDentry above = directory.parent();
        List<Listed> entries = new ArrayList<>();
        entries.add(new Listed(Name.DOT, inode.number(), DIRECTORY_TYPE));
        entries.add(new Listed(
                Name.DOT_DOT, above == null ? inode.number() : above.inode().number(), DIRECTORY_TYPE));
        if (inode.node() instanceof SyntheticDirectory known) {
            for (Map.Entry<Name, SyntheticNode<?>> entry : known.entries().entrySet()) {
                Name name = entry.getKey();
                int type = DirectorySink.typeOf(entry.getValue().type());
                entries.add(new Listed(name, inode.childNumber(name), type));
            }
        } else if (inode.node() instanceof DynamicDirectory dynamic) {
            dynamic.entries()
                    .list(caller, (name, type) -> entries.add(new Listed(name, inode.childNumber(name), type)));
        }
        return entries;
    }

    @Override
    public synchronized long seek(long offset, int whence) throws ErrnoException {
        position = seekWithoutEnd(position, offset, whence);
        return position;
    }

    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        int errno = fileSystem.manner().sync();
        if (errno != 0) {
            throw Errno.of(errno).exception();
        }
    }
}
