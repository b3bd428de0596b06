package org.caisson.fuse;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.caisson.fuse.MemoryFile.Place;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.CachePolicy;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemStatistics;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/** The simplest writable file system, under one lock: it lets the kernel drive every operation that changes something. */
class MemoryFileSystem extends FileSystem {
    static final int BLOCK = 4096;

    private final Place root = new Place(null, Name.EMPTY, new MemoryFile(1, StatMode.S_IFDIR | 0777, 0, 0));
    private long nextInode = 2;
    private int readiness = 0x145;
    final WaitQueue listeners = new WaitQueue();

    volatile CachePolicy policy = CachePolicy.NONE;

    void beforeRead() throws ErrnoException {}

    void onRelease() {}

    synchronized int readiness() {
        return readiness;
    }

    synchronized void readiness(int bits) {
        readiness = bits;
    }

    /** As {@link #readiness(int)}, and tells those who listen. */
    void becomeReady(int bits) {
        readiness(bits);
        listeners.announce(bits);
    }

    @Override
    public String type() {
        return "memory";
    }

    @Override
    public Dentry root() {
        return root;
    }

    @Override
    public CachePolicy cachePolicy(Dentry dentry) {
        return policy;
    }

    @Override
    public Object identityOf(Dentry dentry) {
        return ((Place) dentry).file;
    }

    @Override
    protected boolean isDirectory(Dentry dentry) {
        return ((Place) dentry).file.isDirectory();
    }

    @Override
    protected @Nullable Dentry parentOf(Dentry dentry) {
        return dentry == root ? null : ((Place) dentry).parent;
    }

    @Override
    protected Name nameOf(Dentry dentry) {
        return ((Place) dentry).name;
    }

    @Override
    protected void statFileSystem(Dentry dentry, FileSystemStatistics out) {
        out.type = 0xCA15;
        out.blockSize = BLOCK;
        out.fragmentSize = BLOCK;
        out.blocks = 1000;
        out.blocksFree = 500;
        out.blocksAvailable = 400;
        out.files = 300;
        out.filesFree = 200;
        out.nameLength = Name.MAX;
    }

    /** Walks to the end, or to the directory of the last component. Links are for the kernel to follow. */
    private int walk(ResolvingPath path, boolean toParent) {
        Place at = (Place) path.start();
        while (!path.isDone() && !(toParent && path.isLast())) {
            Place next = at.file.children.get(path.component());
            if (next == null) {
                return at.file.isDirectory() ? -Errno.ENOENT.number() : -Errno.ENOTDIR.number();
            }
            path.advance();
            at = next;
        }
        path.found(at);
        return DONE;
    }

    private Place at(ResolvingPath path) throws ErrnoException {
        return found(path, walk(path, false));
    }

    private Place parent(ResolvingPath path) throws ErrnoException {
        return found(path, walk(path, true));
    }

    private static Place found(ResolvingPath path, int outcome) throws ErrnoException {
        if (outcome < 0) {
            throw Errno.of(-outcome).exception();
        }
        return (Place) path.found();
    }

    @Override
    protected synchronized int lookupAt(ResolvingPath path) {
        return walk(path, false);
    }

    @Override
    protected synchronized int parentAt(ResolvingPath path) {
        return walk(path, true);
    }

    @Override
    protected synchronized int statAt(ResolvingPath path, Stat out) throws ErrnoException {
        at(path).file.stat(out);
        return DONE;
    }

    @Override
    protected synchronized int accessAt(ResolvingPath path, int wanted) throws ErrnoException {
        at(path);
        return DONE;
    }

    @Override
    protected synchronized int openAt(ResolvingPath path, OpenOptions options) throws ErrnoException {
        int flags = options.flags();
        Place place;
        if ((flags & OpenFlags.O_TMPFILE) == OpenFlags.O_TMPFILE) {
            place = new Place(at(path), Name.EMPTY, newFile(path, StatMode.S_IFREG | options.mode()));
            place.file.links = 0;
        } else if ((flags & OpenFlags.O_CREAT) != 0) {
            Place directory = parent(path);
            Place there = directory.file.children.get(path.component());
            if (there != null && (flags & OpenFlags.O_EXCL) != 0) {
                throw Errno.EEXIST.exception();
            }
            place = there != null ? there : create(path, StatMode.S_IFREG | options.mode());
        } else {
            place = at(path);
        }
        if ((flags & OpenFlags.O_TRUNC) != 0 && place.file.isRegular()) {
            place.file.resize(0);
        }
        path.opened(new MemoryDescription(this, path.place(place), path.credentials(), flags));
        return DONE;
    }

    private MemoryFile newFile(ResolvingPath path, int mode) {
        Credentials caller = path.credentials();
        return new MemoryFile(nextInode++, mode & ~caller.umask(), caller.uid(), caller.gid());
    }

    private Place create(ResolvingPath path, int mode) throws ErrnoException {
        Place directory = parent(path);
        if (directory.file.links == 0) {
            throw Errno.ENOENT.exception();
        }
        Name name = path.component();
        if (directory.file.children.containsKey(name)) {
            throw Errno.EEXIST.exception();
        }
        MemoryFile file = newFile(path, mode);
        if ((directory.file.mode & StatMode.S_ISGID) != 0) {
            file.gid = directory.file.gid;
            file.mode |= file.isDirectory() ? StatMode.S_ISGID : 0;
        }
        Place place = new Place(directory, name, file);
        directory.file.children.put(name, place);
        directory.file.links += file.isDirectory() ? 1 : 0;
        return place;
    }

    @Override
    protected synchronized int readlinkAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        MemoryFile file = at(path).file;
        path.length(file.read(target, 0, target.byteSize(), 0));
        return DONE;
    }

    @Override
    protected synchronized int setStatAt(ResolvingPath path, SetStat change) throws ErrnoException {
        at(path).file.change(change);
        return DONE;
    }

    @Override
    protected synchronized int mkdirAt(ResolvingPath path, int mode) throws ErrnoException {
        create(path, StatMode.S_IFDIR | mode);
        return DONE;
    }

    @Override
    protected synchronized int mknodAt(ResolvingPath path, int mode, long device) throws ErrnoException {
        create(path, mode).file.device = device;
        return DONE;
    }

    @Override
    protected synchronized int symlinkAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        MemoryFile file = create(path, StatMode.S_IFLNK | 0777).file;
        file.mode = StatMode.S_IFLNK | 0777;
        file.write(target, 0, target.byteSize(), 0);
        return DONE;
    }

    @Override
    protected synchronized int linkAt(ResolvingPath path, VirtualDentry existing) throws ErrnoException {
        Place directory = parent(path);
        MemoryFile file = ((Place) existing.dentry()).file;
        Name name = path.component();
        if (directory.file.children.putIfAbsent(name, new Place(directory, name, file)) != null) {
            throw Errno.EEXIST.exception();
        }
        file.links++;
        return DONE;
    }

    @Override
    protected synchronized int unlinkAt(ResolvingPath path) throws ErrnoException {
        remove(at(path));
        return DONE;
    }

    @Override
    protected synchronized int rmdirAt(ResolvingPath path) throws ErrnoException {
        Place place = at(path);
        if (!place.file.children.isEmpty()) {
            throw Errno.ENOTEMPTY.exception();
        }
        remove(place);
        return DONE;
    }

    private static void remove(Place place) {
        place.parent.file.children.remove(place.name);
        if (place.file.isDirectory()) {
            place.file.links = 0;
            place.parent.file.links--;
        } else {
            place.file.links--;
        }
    }

    @Override
    protected synchronized int renameAt(ResolvingPath path, ResolvingPath source, int flags) throws ErrnoException {
        Place from = ((Place) source.found()).file.children.get(source.component());
        Place directory = parent(path);
        Name newName = path.component();
        Place there = directory.file.children.get(newName);
        if (from == null) {
            throw Errno.ENOENT.exception();
        }
        if ((flags & FileCalls.RENAME_EXCHANGE) != 0) {
            if (there == null) {
                throw Errno.ENOENT.exception();
            }
            Place oldDirectory = from.parent;
            Name name = from.name;
            move(from, directory, newName);
            move(there, oldDirectory, name);
            return DONE;
        }
        if ((flags & ~FileCalls.RENAME_NOREPLACE) != 0) {
            throw Errno.EINVAL.exception();
        }
        if (there != null) {
            if ((flags & FileCalls.RENAME_NOREPLACE) != 0) {
                throw Errno.EEXIST.exception();
            }
            if (there.file == from.file) {
                return DONE;
            }
            if (!there.file.children.isEmpty()) {
                throw Errno.ENOTEMPTY.exception();
            }
            remove(there);
        }
        from.parent.file.children.remove(from.name);
        move(from, directory, newName);
        return DONE;
    }

    private static void move(Place place, Place directory, Name name) {
        if (place.file.isDirectory()) {
            place.parent.file.links--;
            directory.file.links++;
        }
        place.parent = directory;
        place.name = name;
        directory.file.children.put(name, place);
    }

    @Override
    protected synchronized int getXattrAt(ResolvingPath path, Name name, MemorySegment target) throws ErrnoException {
        byte[] value = at(path).file.attributes.get(name);
        if (value == null) {
            throw Errno.ENODATA.exception();
        }
        copy(value, target);
        path.length(value.length);
        return DONE;
    }

    @Override
    protected synchronized int listXattrAt(ResolvingPath path, MemorySegment target) throws ErrnoException {
        StringBuilder names = new StringBuilder();
        for (Name name : at(path).file.attributes.keySet()) {
            names.append(name).append('\0');
        }
        byte[] list = names.toString().getBytes(StandardCharsets.UTF_8);
        copy(list, target);
        path.length(list.length);
        return DONE;
    }

    private static void copy(byte[] bytes, MemorySegment target) {
        if (bytes.length <= target.byteSize()) {
            MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, bytes.length);
        }
    }

    @Override
    protected synchronized int setXattrAt(ResolvingPath path, Name name, MemorySegment value, int flags)
            throws ErrnoException {
        var attributes = at(path).file.attributes;
        if ((flags & 1) != 0 && attributes.containsKey(name)) {
            throw Errno.EEXIST.exception();
        }
        if ((flags & 2) != 0 && !attributes.containsKey(name)) {
            throw Errno.ENODATA.exception();
        }
        attributes.put(name, value.toArray(ValueLayout.JAVA_BYTE));
        return DONE;
    }

    @Override
    protected synchronized int removeXattrAt(ResolvingPath path, Name name) throws ErrnoException {
        if (at(path).file.attributes.remove(name) == null) {
            throw Errno.ENODATA.exception();
        }
        return DONE;
    }
}
