package org.caisson.vfs.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** A host directory as a namespace of its own, with the operations that tests do by path. For one thread. */
final class HostTree {
    final VirtualFileSystem vfs = new VirtualFileSystem();
    final VirtualDentry root;
    final PathOperation operation;
    final PathOperation second;
    final Stat stat = new Stat();
    Credentials caller = Credentials.root();

    HostTree(HostFileSystem fileSystem) {
        this(new VirtualFileSystem().newMountNamespace(fileSystem).root());
    }

    HostTree(VirtualDentry root) {
        this.root = root;
        operation = new PathOperation().root(root).start(root);
        second = new PathOperation().root(root).start(root);
    }

    PathOperation at(String path) {
        return operation.start(root).path(path);
    }

    private PathOperation other(String path) {
        return second.start(root).path(path);
    }

    Stat stat(String path) throws ErrnoException {
        vfs.stat(caller, at(path), stat);
        return stat;
    }

    /** The outcome of stat(2): null if it is there. */
    @Nullable
    Errno missing(String path) {
        try {
            stat(path);
            return null;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    FileDescription open(String path, int flags) throws ErrnoException {
        return vfs.open(caller, at(path), new OpenOptions(flags, 0644));
    }

    FileDescription create(String path) throws ErrnoException {
        return open(path, OpenFlags.O_CREAT | OpenFlags.O_RDWR);
    }

    void write(String path, String text) throws ErrnoException {
        try (FileDescription file = create(path)) {
            file.write(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)), 0);
        }
    }

    String read(String path) throws ErrnoException {
        try (FileDescription file = open(path, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK)) {
            return read(file);
        }
    }

    static String read(FileDescription file) throws ErrnoException {
        MemorySegment buffer = MemorySegment.ofArray(new byte[4096]);
        long length = file.read(buffer, 0);
        return new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    void mkdir(String path) throws ErrnoException {
        vfs.mkdir(caller, at(path), 0755);
    }

    void unlink(String path) throws ErrnoException {
        vfs.unlink(caller, at(path));
    }

    void rmdir(String path) throws ErrnoException {
        vfs.rmdir(caller, at(path));
    }

    void rename(String from, String to) throws ErrnoException {
        vfs.rename(caller, at(from), other(to), 0);
    }

    void link(String from, String to) throws ErrnoException {
        vfs.link(caller, at(from), other(to));
    }

    void chmod(String path, int mode) throws ErrnoException {
        SetStat change = new SetStat();
        change.mask = SetStat.MODE;
        change.mode = mode;
        vfs.setStat(caller, at(path), change);
    }

    Set<String> list(String path) throws ErrnoException {
        TreeSet<String> names = new TreeSet<>();
        try (FileDescription directory = open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY)) {
            directory.readDirectory(0, (name, inode, type, next) -> {
                names.add(name.toString());
                return true;
            });
        }
        names.remove(".");
        names.remove("..");
        return names;
    }
}
