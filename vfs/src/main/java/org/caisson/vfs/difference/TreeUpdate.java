package org.caisson.vfs.difference;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;

/**
 * Makes changes to a tree, in the order in which a {@link TreeDifference} tells of them. A copy of the first tree is then as the second
 * one, times of access and modification included. It takes the rights over all files that root has.
 */
public final class TreeUpdate implements AutoCloseable {
    private static final Set<Aspect> ALL = Set.of(Aspect.values());

    private final TreeWriter writer;

    /** Directories whose attributes are set when all in them is done, the innermost first. */
    private final Deque<OpenDirectory> directories = new ArrayDeque<>();

    private record OpenDirectory(TreePath path, VirtualDentry place, TreeFile file, Set<Aspect> aspects) {}

    /** Changes a tree, whose top is a directory, with what is mounted in it. */
    public TreeUpdate(Subtree tree) {
        this(tree, Fidelity.ALL);
    }

    /** The same, where not all that files are is to be kept. */
    public TreeUpdate(Subtree tree, Fidelity fidelity) {
        writer = new TreeWriter(tree, fidelity);
    }

    /** Makes all changes of a difference to a tree. */
    public static void apply(TreeDifference difference, Subtree tree) throws ErrnoException {
        try (TreeUpdate update = new TreeUpdate(tree)) {
            TreeChange change = difference.next();
            while (change != null) {
                update.apply(change);
                change = difference.next();
            }
            update.finish();
        }
    }

    /** Makes one change. ENOENT and the like if the tree is not what the change is from. */
    public void apply(TreeChange change) throws ErrnoException {
        TreePath path = change.path();
        leaveDirectories(path);
        switch (change) {
            case TreeChange.Added added -> make(path, added.file());
            case TreeChange.Removed removed -> writer.remove(parent(), path.name());
            case TreeChange.Replaced replaced -> {
                writer.remove(parent(), path.name());
                make(path, replaced.file());
            }
            case TreeChange.Modified modified -> modify(path, modified.file(), modified.aspects());
            case TreeChange.Linked linked -> link(path.name(), linked.target());
            case TreeChange.Kept kept -> directories.push(new OpenDirectory(path, find(path), kept.file(), Set.of()));
        }
    }

    /** Sets what is left to be set: attributes of directories. */
    public void finish() throws ErrnoException {
        while (!directories.isEmpty()) {
            leaveDirectory();
        }
    }

    private void leaveDirectories(TreePath path) throws ErrnoException {
        while (!directories.isEmpty() && !path.isBeneath(directories.peek().path())) {
            leaveDirectory();
        }
    }

    private void leaveDirectory() throws ErrnoException {
        OpenDirectory done = directories.pop();
        writer.setAttributes(done.place(), done.file(), done.aspects());
    }

    /** The directory that a change is in, of which there was a change before. */
    private VirtualDentry parent() throws ErrnoException {
        OpenDirectory innermost = directories.peek();
        if (innermost == null) {
            throw Errno.ENOENT.exception();
        }
        return innermost.place();
    }

    /** The file that a change is about. */
    private VirtualDentry find(TreePath path) throws ErrnoException {
        return path.isRoot() ? writer.top() : writer.lookup(parent(), path.name());
    }

    private void make(TreePath path, TreeFile file) throws ErrnoException {
        VirtualDentry made = writer.make(parent(), path.name(), file);
        if (file.stat().isDirectory()) {
            directories.push(new OpenDirectory(path, made, file, ALL));
        } else {
            writer.setAttributes(made, file, ALL);
        }
    }

    private void modify(TreePath path, TreeFile file, Set<Aspect> aspects) throws ErrnoException {
        VirtualDentry place = find(path);
        if (file.stat().isDirectory()) {
            directories.push(new OpenDirectory(path, place, file, aspects));
            return;
        }
        if (aspects.contains(Aspect.DATA)) {
            writer.copyData(place, file);
            // Who writes takes set-id bits and capabilities from a file.
            writer.setAttributes(place, file, ALL);
        } else if (!aspects.isEmpty()) {
            writer.setAttributes(place, file, aspects);
        }
    }

    private void link(Name name, TreePath target) throws ErrnoException {
        VirtualDentry directory = parent();
        VirtualDentry file = writer.resolve(target);
        VirtualDentry present = writer.find(directory, name);
        if (present != null && isSame(present, file)) {
            return;
        }
        if (present != null) {
            writer.remove(directory, name);
        }
        writer.link(file, directory, name);
    }

    private boolean isSame(VirtualDentry one, VirtualDentry other) throws ErrnoException {
        Stat first = writer.stat(one);
        Stat second = writer.stat(other);
        return first.device == second.device && first.inode == second.inode;
    }

    /** Leaves directories as they are if an error came before {@link #finish}. */
    @Override
    public void close() {
        writer.close();
    }
}
