package org.caisson.image.erofs;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.difference.Subtree;

/**
 * Reads a tree of the virtual file system into an image, with what is mounted in it, and in the order of names: a directory of the host by
 * way of {@link org.caisson.vfs.host.HostFileSystem}. Files that change meanwhile fail it or come as they were at some moment.
 */
public final class TreeImport {
    private static final int PIECE = 1 << 17;
    private static final int LONGEST_TARGET = 4096;

    /** XATTR_LIST_MAX of {@code linux/limits.h}. */
    private static final int LONGEST_LIST = 1 << 16;

    private static final int SECTOR = 512;
    private static final int READ = OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK;

    private final Subtree tree;
    private final ErofsWriter image;
    private final ErofsEntry entry = new ErofsEntry();
    private final PathOperation operation = new PathOperation();
    private final MemorySegment buffer = Arena.ofAuto().allocate(PIECE, 4096);
    private final byte[] bytes = new byte[PIECE];

    /** The first path of files that have several, by device and number. */
    private final Map<FileNumber, TreeText> firstPaths = new HashMap<>();

    private record FileNumber(long device, long inode) {}

    /** The bytes of a path. */
    private static final class TreeText {
        final byte[] bytes;

        TreeText(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    private TreeImport(Subtree tree, ErofsWriter image) {
        this.tree = tree;
        this.image = image;
    }

    /** Adds all of a tree. */
    public static void tree(Subtree tree, ErofsWriter image) throws IOException {
        new TreeImport(tree, image).add(tree.top(), new byte[0]);
    }

    private PathOperation at(VirtualDentry place) {
        return operation.root(place).itself(place);
    }

    private void add(VirtualDentry place, byte[] path) throws IOException {
        Stat stat = new Stat();
        tree.system().stat(tree.credentials(), at(place), stat);
        if (!stat.isDirectory() && stat.links > 1) {
            TreeText first = firstPaths.putIfAbsent(new FileNumber(stat.device, stat.inode), new TreeText(path));
            if (first != null) {
                image.link(path, first.bytes);
                return;
            }
        }
        entry.describe(stat).attributes = attributes(place);
        switch (stat.mode & StatMode.S_IFMT) {
            case StatMode.S_IFDIR -> {
                image.directory(path, entry);
                addEntries(place, path);
            }
            case StatMode.S_IFREG -> addFile(place, path, stat);
            case StatMode.S_IFLNK -> {
                int length = tree.system().readlink(tree.credentials(), at(place), buffer.asSlice(0, LONGEST_TARGET));
                image.symlink(path, entry, buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
            }
            default -> image.special(path, entry);
        }
    }

    private void addEntries(VirtualDentry directory, byte[] path) throws IOException {
        SortedSet<Name> names = new TreeSet<>();
        try (FileDescription opened = open(directory, READ | OpenFlags.O_DIRECTORY)) {
            opened.readDirectory(0, (name, inode, type, next) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    names.add(name);
                }
                return true;
            });
        }
        for (Name name : names) {
            VirtualDentry child = tree.system()
                    .find(tree.credentials(), operation.root(directory).child(directory, name));
            if (child != null) {
                int start = path.length == 0 ? 0 : path.length + 1;
                byte[] whole = Arrays.copyOf(path, start + name.length());
                if (start > 0) {
                    whole[start - 1] = '/';
                }
                name.copyTo(MemorySegment.ofArray(whole), start);
                add(child, whole);
            }
        }
    }

    private FileDescription open(VirtualDentry place, int flags) throws ErrnoException {
        return tree.system().open(tree.credentials(), at(place), new OpenOptions(flags, 0));
    }

    private void addFile(VirtualDentry place, byte[] path, Stat stat) throws IOException {
        boolean hasHoles = stat.blocks * SECTOR < stat.size;
        try (FileDescription source = open(place, READ)) {
            image.file(path, entry, stat.size, hasHoles);
            long at = 0;
            while (at < stat.size) {
                long data = hasHoles ? Math.min(seek(source, at, FileDescription.SEEK_DATA, stat.size), stat.size) : at;
                image.skip(data - at);
                long end = hasHoles && data < stat.size
                        ? Math.min(seek(source, data, FileDescription.SEEK_HOLE, stat.size), stat.size)
                        : stat.size;
                copy(path, source, data, end);
                at = end;
            }
            image.end();
        }
    }

    /** Where data or a hole begins; the end where there is none any more. */
    private static long seek(FileDescription source, long from, int whence, long size) throws ErrnoException {
        try {
            return source.seek(from, whence);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENXIO) {
                return size;
            }
            throw e;
        }
    }

    private void copy(byte[] path, FileDescription source, long from, long end) throws IOException {
        long at = from;
        while (at < end) {
            int count = (int) source.read(buffer, 0, Math.min(PIECE, end - at), at);
            if (count == 0) {
                throw new IOException(ErofsWriter.text(path) + ": cut off while it was read");
            }
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, 0, count);
            image.write(bytes, 0, count);
            at += count;
        }
    }

    private SortedMap<Name, byte[]> attributes(VirtualDentry place) throws ErrnoException {
        MemorySegment list = buffer.asSlice(0, LONGEST_LIST);
        int length;
        try {
            length = (int) tree.system().listXattr(tree.credentials(), at(place), list);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                return Collections.emptySortedMap();
            }
            throw e;
        }
        if (length == 0) {
            return Collections.emptySortedMap();
        }
        byte[] names = list.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        SortedMap<Name, byte[]> attributes = new TreeMap<>();
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (names[i] == 0) {
                Name name = Name.of(names, start, i - start);
                int size = (int) tree.system().getXattr(tree.credentials(), at(place), name, list);
                attributes.put(name, list.asSlice(0, size).toArray(ValueLayout.JAVA_BYTE));
                start = i + 1;
            }
        }
        return attributes;
    }
}
