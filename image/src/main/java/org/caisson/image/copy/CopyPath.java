package org.caisson.image.copy;

import java.nio.charset.StandardCharsets;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.difference.Subtree;
import org.jspecify.annotations.Nullable;

/**
 * What a path stands for in a tree.
 *
 * @param tree the tree
 * @param file the file; null if there is none
 * @param parent the directory in which a file of the name is, or would be; null if there is none
 * @param name the last name of the path; empty if it has none, as that of the top
 * @param content whether the content of a directory is meant, not itself: the path ends with {@code /.}
 * @param directory whether a directory is meant: the path ends with a slash
 */
record CopyPath(
        Subtree tree,
        @Nullable VirtualDentry file,
        @Nullable VirtualDentry parent,
        Name name,
        boolean content,
        boolean directory) {

    /** Looks a path up; a link in its last place is followed if that is asked for, or if a directory is meant. */
    static CopyPath of(Subtree tree, String path, boolean follow) throws ErrnoException {
        String rest = path;
        boolean content = rest.equals(".") || rest.endsWith("/.");
        while (rest.endsWith("/") || rest.endsWith("/.") || rest.equals(".")) {
            rest = rest.substring(0, rest.length() - 1);
        }
        boolean directory = rest.length() < path.length();
        int slash = rest.lastIndexOf('/');
        String last = rest.substring(slash + 1);
        VirtualDentry file = find(tree, path.isEmpty() ? "/" : path, follow || directory);
        boolean named = !last.isEmpty() && !last.equals("..");
        VirtualDentry parent = named ? find(tree, slash < 0 ? "/" : rest.substring(0, slash + 1), true) : null;
        Name name = named ? Name.of(last) : Name.EMPTY;
        if (!named && file != null) {
            name = nameOf(tree, file);
        }
        return new CopyPath(tree, file, parent, name, content || name.equals(Name.EMPTY), directory);
    }

    /** The same by the path without links that a file has: it is replaced there, not the link that led to it. */
    CopyPath real() throws ErrnoException {
        VirtualDentry present = file;
        if (present == null || present.isDirectory()) {
            return this;
        }
        byte[] path = tree.system().pathOf(tree.top(), present);
        return of(tree, new String(path, StandardCharsets.UTF_8), false);
    }

    private static @Nullable VirtualDentry find(Subtree tree, String path, boolean follow) throws ErrnoException {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        try {
            return tree.system()
                    .lookup(
                            tree.credentials(),
                            new PathOperation()
                                    .root(tree.top())
                                    .start(tree.top())
                                    .path(bytes, bytes.length)
                                    .followFinal(follow));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    /** The name of what a path led to that ends with {@code ..}. */
    private static Name nameOf(Subtree tree, VirtualDentry file) {
        byte[] whole = tree.system().pathOf(tree.top(), file);
        int start = whole.length;
        while (start > 0 && whole[start - 1] != '/') {
            start--;
        }
        return start == whole.length ? Name.EMPTY : Name.of(whole, start, whole.length - start);
    }

    boolean isDirectory() {
        return file != null && file.isDirectory();
    }

    Subtree at(VirtualDentry place) {
        return new Subtree(tree.system(), tree.credentials(), place);
    }

    /** The file, which must be there. */
    Subtree existing() throws ErrnoException {
        VirtualDentry present = file;
        if (present == null) {
            throw Errno.ENOENT.exception();
        }
        return at(present);
    }
}
