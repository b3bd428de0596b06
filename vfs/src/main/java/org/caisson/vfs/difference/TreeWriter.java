package org.caisson.vfs.difference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** Makes, changes and removes files of a tree. */
final class TreeWriter implements AutoCloseable {
    private static final int PERMISSIONS = 07777;
    private static final long PIECE = 256 * 1024;
    private static final int SET_IDS = 06000;
    private static final int WRITE = OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW;

    private final VirtualFileSystem system;
    private final Credentials credentials;
    private final TreeReader reader;
    private final PathOperation operation = new PathOperation();
    private final PathOperation other = new PathOperation();
    private final SetStat change = new SetStat();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(PIECE, 4096);

    private final Fidelity fidelity;

    TreeWriter(Subtree tree, Fidelity fidelity) {
        this.fidelity = fidelity;
        system = tree.system();
        credentials = tree.credentials().withUmask(0);
        reader = TreeReader.across(tree);
    }

    VirtualDentry top() {
        return reader.top();
    }

    private static PathOperation at(PathOperation operation, VirtualDentry place) {
        return operation.root(place).itself(place);
    }

    private static PathOperation at(PathOperation operation, VirtualDentry directory, Name name) {
        return operation.root(directory).child(directory, name);
    }

    @Nullable
    VirtualDentry find(VirtualDentry directory, Name name) throws ErrnoException {
        return reader.find(directory, name);
    }

    VirtualDentry lookup(VirtualDentry directory, Name name) throws ErrnoException {
        return system.lookup(credentials, at(operation, directory, name));
    }

    /** A place by its path, in which no symbolic link is followed. */
    VirtualDentry resolve(TreePath path) throws ErrnoException {
        byte[] bytes = path.toByteArray();
        VirtualDentry place = top();
        int start = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == '/') {
                place = lookup(place, Name.of(bytes, start, i - start));
                start = i + 1;
            }
        }
        return place;
    }

    Stat stat(VirtualDentry place) throws ErrnoException {
        Stat stat = new Stat();
        reader.stat(place, stat);
        return stat;
    }

    void link(VirtualDentry file, VirtualDentry directory, Name name) throws ErrnoException {
        system.link(credentials, at(operation, file), at(other, directory, name));
    }

    /** Makes a file like another one, but for most of its attributes. */
    VirtualDentry make(VirtualDentry directory, Name name, TreeFile file) throws ErrnoException {
        Stat stat = file.stat();
        PathOperation place = at(operation, directory, name);
        switch (stat.mode & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> system.mkdir(credentials, place, 0700);
            case StatMode.S_IFLNK -> system.symlink(credentials, place, MemorySegment.ofArray(file.target()));
            case StatMode.S_IFREG -> {
                int flags = WRITE | OpenFlags.O_CREAT | OpenFlags.O_EXCL;
                try (FileDescription target = system.open(credentials, place, new OpenOptions(flags, 0600))) {
                    copy(file, target);
                }
            }
            default -> system.mknod(credentials, place, (stat.mode & StatMode.S_IFMT) | 0600, stat.rdev);
        }
        return lookup(directory, name);
    }

    /** Gives a regular file the data of another one. */
    void copyData(VirtualDentry place, TreeFile file) throws ErrnoException {
        try (FileDescription target =
                system.open(credentials, at(operation, place), new OpenOptions(WRITE | OpenFlags.O_TRUNC, 0))) {
            copy(file, target);
        }
    }

    /** Holes stay holes. */
    private void copy(TreeFile file, FileDescription target) throws ErrnoException {
        long size = file.stat().size;
        if (size == 0) {
            return;
        }
        try (FileDescription source = file.open()) {
            long offset = Holes.nextData(source, 0, size);
            while (offset < size) {
                long end = Math.min(size, offset + PIECE);
                long count = source.read(buffer, 0, end - offset, offset);
                if (count == 0) {
                    break;
                }
                for (long done = 0; done < count; ) {
                    done += target.write(buffer, done, count - done, offset + done);
                }
                offset = Holes.nextData(source, offset + count, size);
            }
        }
        change.clear();
        change.mask = SetStat.SIZE;
        change.size = size;
        target.setStat(credentials, change);
    }

    /** Gives a file the attributes of another one in some aspects, and its times. */
    void setAttributes(VirtualDentry place, TreeFile file, Set<Aspect> aspects) throws ErrnoException {
        Stat wanted = file.stat();
        if (aspects.contains(Aspect.OWNER) && fidelity.owners()) {
            change.clear();
            change.mask = SetStat.UID | SetStat.GID;
            change.uid = wanted.uid;
            change.gid = wanted.gid;
            system.setStat(credentials, at(operation, place), change);
        }
        // A change of owner takes capabilities and set-id bits away.
        if (fidelity.attributes() && (aspects.contains(Aspect.OWNER) || aspects.contains(Aspect.ATTRIBUTES))) {
            setAttributes(place, file.attributes());
        }
        if (!aspects.isEmpty() && !wanted.isSymlink()) {
            change.clear();
            change.mask = SetStat.MODE;
            change.mode = wanted.mode & (fidelity.setIds() ? PERMISSIONS : PERMISSIONS & ~SET_IDS);
            system.setStat(credentials, at(operation, place), change);
        }
        change.clear();
        change.mask = SetStat.ACCESS_TIME | SetStat.MODIFY_TIME;
        change.accessSeconds = wanted.accessSeconds;
        change.accessNanos = wanted.accessNanos;
        change.modifySeconds = wanted.modifySeconds;
        change.modifyNanos = wanted.modifyNanos;
        system.setStat(credentials, at(operation, place), change);
    }

    private void setAttributes(VirtualDentry place, SortedMap<Name, byte[]> wanted) throws ErrnoException {
        SortedMap<Name, byte[]> present = reader.attributes(place);
        for (Name name : present.keySet()) {
            if (!wanted.containsKey(name)) {
                system.removeXattr(credentials, at(operation, place), name);
            }
        }
        for (Map.Entry<Name, byte[]> attribute : wanted.entrySet()) {
            byte[] value = attribute.getValue();
            if (!Arrays.equals(value, present.get(attribute.getKey()))) {
                system.setXattr(credentials, at(operation, place), attribute.getKey(), MemorySegment.ofArray(value), 0);
            }
        }
    }

    /** Removes a name, of a directory with all beneath. */
    void remove(VirtualDentry directory, Name name) throws ErrnoException {
        if (!lookup(directory, name).isDirectory()) {
            system.unlink(credentials, at(operation, directory, name));
            return;
        }
        Deque<Emptying> open = new ArrayDeque<>();
        open.push(new Emptying(directory, name));
        while (!open.isEmpty()) {
            Emptying innermost = open.peek();
            Name next = innermost.next();
            if (next == null) {
                system.rmdir(credentials, at(operation, innermost.parent, innermost.name));
                open.pop();
            } else if (lookup(innermost.place, next).isDirectory()) {
                open.push(new Emptying(innermost.place, next));
            } else {
                system.unlink(credentials, at(operation, innermost.place, next));
            }
        }
    }

    /** A directory that is being emptied. */
    private final class Emptying {
        final VirtualDentry parent;
        final Name name;
        final VirtualDentry place;
        private final Name[] entries;
        private int done;

        Emptying(VirtualDentry parent, Name name) throws ErrnoException {
            this.parent = parent;
            this.name = name;
            place = lookup(parent, name);
            entries = reader.list(place);
        }

        @Nullable
        Name next() {
            return done == entries.length ? null : entries[done++];
        }
    }

    @Override
    public void close() {
        reader.close();
        arena.close();
    }
}
