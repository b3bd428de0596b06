package org.caisson.vfs.notify;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a subtree that is kept by its changes alone. Each change must be possible when its turn comes: what it removes is there, what
 * it makes is not, and its parent is a directory.
 */
final class ReplayedTree {
    private static final int READ_AT_ONCE = 1 << 16;

    private final VirtualFileSystem vfs;
    private final ChangeFeed feed;
    private final MemorySegment buffer = MemorySegment.ofArray(new byte[READ_AT_ONCE]);

    /** By paths, which sort a directory before what is in it. */
    private final TreeMap<String, Copy> copies = new TreeMap<>();

    private final IdentityHashMap<Object, Copy> byFile = new IdentityHashMap<>();
    private long sequence;
    private boolean ended;

    /** One file, whatever its names. */
    private static final class Copy {
        final Object file;
        final boolean directory;
        byte[] content = {};
        int mode;
        int names;

        Copy(Object file, boolean directory) {
            this.file = file;
            this.directory = directory;
        }
    }

    ReplayedTree(VirtualFileSystem vfs, ChangeFeed feed) {
        this.vfs = vfs;
        this.feed = feed;
    }

    /** Begins anew with what is there. */
    void take(TreeSnapshot snapshot) {
        copies.clear();
        byFile.clear();
        addAll(snapshot.entries());
        sequence = snapshot.sequence();
    }

    private void addAll(List<TreeSnapshot.Entry> entries) {
        for (TreeSnapshot.Entry entry : entries) {
            add(entry.path(), entry.place());
        }
    }

    private static Object file(VirtualDentry place) {
        return place.mount().fileSystem().identityOf(place.dentry());
    }

    private void add(TreePath path, VirtualDentry place) {
        String name = path.toString();
        int slash = name.lastIndexOf('/');
        if (slash > 0) {
            Copy parent = copies.get(name.substring(0, slash));
            assertThat(parent != null && parent.directory)
                    .as("parent of " + name)
                    .isTrue();
        }
        Copy copy = byFile.computeIfAbsent(file(place), key -> {
            Copy made = new Copy(key, place.isDirectory());
            copyAll(made, place);
            return made;
        });
        copy.names++;
        assertThat(copies.put(name, copy)).as(name).isNull();
    }

    private void remove(String name, Object file) {
        Copy gone = requireNonNull(copies.remove(name), name);
        assertThat(gone.file).as(name).isSameAs(file);
        if (--gone.names == 0) {
            byFile.remove(file);
        }
    }

    private Map<String, Copy> below(String name) {
        return copies.subMap(name + "/", name + "0");
    }

    /** Takes all that is at and below a path out. */
    private Map<String, Copy> cut(TreePath path, VirtualDentry place) {
        String name = path.toString();
        Map<String, Copy> cut = new TreeMap<>();
        Copy top = requireNonNull(copies.remove(name), name);
        assertThat(top.file).as(name).isSameAs(file(place));
        cut.put("", top);
        Map<String, Copy> below = below(name);
        below.forEach((inside, copy) -> cut.put(inside.substring(name.length()), copy));
        below.clear();
        return cut;
    }

    private void paste(TreePath path, Map<String, Copy> cut) {
        cut.forEach(
                (inside, copy) -> assertThat(copies.put(path + inside, copy)).isNull());
    }

    private void replace(TreePath path, @Nullable VirtualDentry replaced) {
        if (replaced != null) {
            assertThat(below(path.toString())).isEmpty();
            remove(path.toString(), file(replaced));
        }
    }

    /** Does the same as a change of the tree did. */
    void replay(Change change) {
        if (change.sequence() <= sequence) {
            return;
        }
        assertThat(ended).isFalse();
        sequence = change.sequence();
        switch (change) {
            case Change.Created created -> {
                // A link may be the first name of its file in this subtree; what is no link is new.
                assertThat(byFile.containsKey(file(created.place())) && !created.link())
                        .isFalse();
                add(created.path(), created.place());
            }
            case Change.Removed removed -> {
                if (removed.path().isRoot()) {
                    assertThat(copies).isEmpty();
                    ended = true;
                } else {
                    assertThat(below(removed.path().toString())).isEmpty();
                    remove(removed.path().toString(), file(removed.place()));
                }
            }
            case Change.Moved moved -> {
                Map<String, Copy> cut = cut(moved.from(), moved.place());
                replace(moved.to(), moved.replaced());
                paste(moved.to(), cut);
            }
            case Change.Exchanged exchanged -> {
                Map<String, Copy> first = cut(exchanged.first(), exchanged.secondPlace());
                Map<String, Copy> second = cut(exchanged.second(), exchanged.firstPlace());
                paste(exchanged.first(), second);
                paste(exchanged.second(), first);
            }
            case Change.MovedIn in -> {
                replace(in.path(), in.replaced());
                add(in.path(), in.place());
                addAll(in.below());
            }
            case Change.MovedOut out ->
                cut(out.path(), out.place()).values().forEach(copy -> {
                    if (--copy.names == 0) {
                        byFile.remove(copy.file);
                    }
                });
            case Change.DataChanged data -> {
                Copy copy = known(data.path(), data.place());
                copy.content = Arrays.copyOf(copy.content, (int) data.size());
                copyRange(copy, data.place(), data.offset(), Math.min(data.length(), data.size() - data.offset()));
            }
            case Change.AttributesChanged attributes -> {
                if (!attributes.path().isRoot()) {
                    known(attributes.path(), attributes.place()).mode = mode(attributes.place());
                }
            }
            case Change.XattrChanged xattr -> {}
            case Change.Lost lost -> throw new AssertionError("changes are lost: " + lost);
        }
    }

    private Copy known(TreePath path, VirtualDentry place) {
        Copy copy = requireNonNull(copies.get(path.toString()), path.toString());
        assertThat(copy.file).isSameAs(file(place));
        return copy;
    }

    private PathOperation itself(VirtualDentry place) {
        return new PathOperation().root(feed.root()).itself(place);
    }

    private int mode(VirtualDentry place) {
        Stat stat = new Stat();
        try {
            vfs.stat(Credentials.root(), itself(place), stat);
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
        return stat.mode;
    }

    private void copyAll(Copy copy, VirtualDentry place) {
        copy.mode = mode(place);
        if (!copy.directory) {
            Stat stat = new Stat();
            try {
                vfs.stat(Credentials.root(), itself(place), stat);
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
            copy.content = new byte[(int) stat.size];
            copyRange(copy, place, 0, stat.size);
        }
    }

    /** Reads what is there by now: a file that is gone by now will be told to be. */
    private void copyRange(Copy copy, VirtualDentry place, long offset, long length) {
        try (FileDescription file = vfs.open(Credentials.root(), itself(place), OpenOptions.READ)) {
            for (long at = offset; at < offset + length; at += READ_AT_ONCE) {
                int piece = (int) Math.min(READ_AT_ONCE, offset + length - at);
                long count = file.read(buffer, 0, piece, at);
                MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, copy.content, (int) at, (int) count);
            }
        } catch (ErrnoException e) {
            assertThat(e.errno()).isIn(Errno.ENOENT, Errno.ESTALE, Errno.ENXIO, Errno.ELOOP);
        }
    }

    /** What the copy has that the tree has not, and the other way round. */
    List<String> differences() throws ErrnoException {
        List<String> found = new ArrayList<>();
        TreeMap<String, Copy> rest = new TreeMap<>(copies);
        if (!ended) {
            compare("", feed.root(), rest, found);
        }
        rest.keySet().forEach(name -> found.add(name + " is not there"));
        return found;
    }

    private void compare(String prefix, VirtualDentry directory, Map<String, Copy> rest, List<String> found)
            throws ErrnoException {
        List<Name> names = new ArrayList<>();
        try (FileDescription listed = vfs.open(Credentials.root(), itself(directory), OpenOptions.READ)) {
            listed.readDirectory(0, (name, inode, type, cookie) -> names.add(name));
        }
        for (Name name : names) {
            if (name.equals(Name.DOT) || name.equals(Name.DOT_DOT)) {
                continue;
            }
            VirtualDentry place = vfs.lookup(
                    Credentials.root(), new PathOperation().root(feed.root()).child(directory, name));
            String path = prefix + name;
            Copy copy = rest.remove(path);
            if (copy == null || copy.file != file(place)) {
                found.add(path + (copy == null ? " is missing" : " is another file"));
                continue;
            }
            Copy actual = new Copy(copy.file, place.isDirectory());
            copyAll(actual, place);
            if (actual.mode != copy.mode) {
                found.add(path + " has mode " + Integer.toOctalString(actual.mode) + ", not "
                        + Integer.toOctalString(copy.mode));
            }
            if (!Arrays.equals(actual.content, copy.content)) {
                found.add(path + " has other data");
            }
            if (copy.directory) {
                compare(path + "/", place, rest, found);
            }
        }
    }
}
