package org.caisson.vfs.difference;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Mount;
import org.caisson.vfs.MountNamespace;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** Reads a tree as its reader may, if possible without leaving a trace. */
final class TreeReader implements AutoCloseable {
    /** XATTR_SIZE_MAX and XATTR_LIST_MAX of {@code linux/limits.h}. */
    private static final int ATTRIBUTE_MAX = 65536;

    private static final int LINK_MAX = 4096;
    private static final int READ = OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK;

    private final VirtualFileSystem system;
    private final Credentials credentials;
    private final VirtualDentry top;
    private final Holding holding;
    private final PathOperation operation = new PathOperation();

    private byte @Nullable [] buffer;

    /** What is to be given back in the end. */
    @FunctionalInterface
    private interface Holding {
        void release();
    }

    private TreeReader(Subtree tree, VirtualDentry top, Holding holding) {
        system = tree.system();
        credentials = tree.credentials();
        this.top = top;
        this.holding = holding;
    }

    /** Reads a tree with what is mounted in it. */
    static TreeReader across(Subtree tree) {
        return new TreeReader(tree, tree.top(), () -> {});
    }

    /** Reads a tree through a mount of its own, on which nothing else is mounted, and which changes no times. */
    static TreeReader within(Subtree tree) throws ErrnoException {
        Mount mount = tree.top().mount();
        MountNamespace namespace = tree.system().newMappedNamespace(mount.fileSystem(), mount.idMapping());
        VirtualDentry root = namespace.root();
        PathOperation itself = new PathOperation().root(root).itself(root);
        tree.system().remount(Credentials.root(), itself, MountFlags.MS_RDONLY | MountFlags.MS_NOATIME);
        VirtualDentry top = new VirtualDentry(root.mount(), tree.top().dentry());
        return new TreeReader(tree, top, namespace::release);
    }

    VirtualDentry top() {
        return top;
    }

    private PathOperation at(VirtualDentry place) {
        return operation.root(place).itself(place);
    }

    /** The entry of a directory, null if there is none. */
    @Nullable
    VirtualDentry find(VirtualDentry directory, Name name) throws ErrnoException {
        return system.find(credentials, operation.root(directory).child(directory, name));
    }

    void stat(VirtualDentry place, Stat out) throws ErrnoException {
        system.stat(credentials, at(place), out);
    }

    /** The names in a directory, sorted. */
    Name[] list(VirtualDentry directory) throws ErrnoException {
        List<Name> names = new ArrayList<>();
        try (FileDescription opened = openQuietly(directory, READ | OpenFlags.O_DIRECTORY)) {
            opened.readDirectory(0, (name, inode, type, next) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    names.add(name);
                }
                return true;
            });
        }
        Name[] sorted = names.toArray(Name[]::new);
        Arrays.sort(sorted);
        return sorted;
    }

    FileDescription open(VirtualDentry file) throws ErrnoException {
        return openQuietly(file, READ);
    }

    /** Opens so that reading changes no times, if that is allowed. */
    private FileDescription openQuietly(VirtualDentry place, int flags) throws ErrnoException {
        try {
            return system.open(credentials, at(place), new OpenOptions(flags | OpenFlags.O_NOATIME, 0));
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EPERM) {
                throw e;
            }
            return system.open(credentials, at(place), new OpenOptions(flags, 0));
        }
    }

    byte[] readlink(VirtualDentry link) throws ErrnoException {
        byte[] target = buffer();
        int length = system.readlink(
                credentials, at(link), MemorySegment.ofArray(target).asSlice(0, LINK_MAX));
        return Arrays.copyOf(target, length);
    }

    SortedMap<Name, byte[]> attributes(VirtualDentry place) throws ErrnoException {
        int length = listAttributes(place);
        if (length == 0) {
            return Collections.emptySortedMap();
        }
        byte[] list = Arrays.copyOf(buffer(), length);
        SortedMap<Name, byte[]> attributes = new TreeMap<>();
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (list[i] == 0) {
                Name name = Name.of(list, start, i - start);
                byte[] value = attribute(place, name);
                if (value != null) {
                    attributes.put(name, value);
                }
                start = i + 1;
            }
        }
        return attributes;
    }

    /** Puts the names into the buffer; returns their length. */
    private int listAttributes(VirtualDentry place) throws ErrnoException {
        try {
            if (system.listXattr(credentials, at(place), MemorySegment.NULL) == 0) {
                return 0;
            }
            return (int) system.listXattr(credentials, at(place), MemorySegment.ofArray(buffer()));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                return 0;
            }
            throw e;
        }
    }

    private byte @Nullable [] attribute(VirtualDentry place, Name name) throws ErrnoException {
        try {
            byte[] value = buffer();
            long length = system.getXattr(credentials, at(place), name, MemorySegment.ofArray(value));
            return Arrays.copyOf(value, (int) length);
        } catch (ErrnoException e) {
            // Removed meanwhile, or listed though it cannot be read.
            if (e.errno() == Errno.ENODATA || e.errno() == Errno.EOPNOTSUPP) {
                return null;
            }
            throw e;
        }
    }

    private byte[] buffer() {
        byte[] present = buffer;
        if (present == null) {
            present = new byte[ATTRIBUTE_MAX];
            buffer = present;
        }
        return present;
    }

    @Override
    public void close() {
        holding.release();
    }
}
