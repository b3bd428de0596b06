package org.caisson.vfs.difference;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Stat;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * Copies files into directories, of one tree or of several, as unpacking an archive of them would: what is in the way of a file is
 * replaced, directories are merged, and a directory neither replaces another file nor is replaced by one. Symbolic links are copied, not
 * followed. Device nodes and sockets are left out.
 *
 * @param fidelity what is kept
 * @param without what is passed over, by its path from the top of what is copied; null if nothing is
 * @param leftOut hears of devices and sockets
 */
public record TreeCopy(Fidelity fidelity, @Nullable Predicate<TreePath> without, Consumer<TreePath> leftOut) {
    private static final Set<Aspect> ALL = EnumSet.allOf(Aspect.class);

    /** Copies a file, of a directory all of it, under a name in a directory. EISDIR or ENOTDIR for what must not be replaced. */
    public void copy(Subtree source, Subtree directory, Name name) throws ErrnoException {
        TreeFile file = TreeFile.top(source);
        if (cannotBeCopied(file.stat())) {
            leftOut.accept(TreePath.ROOT.child(name));
            return;
        }
        try (TreeWriter writer = new TreeWriter(directory, fidelity)) {
            VirtualDentry present = writer.find(writer.top(), name);
            if (file.stat().isDirectory()) {
                VirtualDentry target = present == null ? makeDirectory(directory, name) : present;
                copyContent(source, new Subtree(directory.system(), directory.credentials(), target));
                return;
            }
            if (present != null) {
                if (present.isDirectory()) {
                    throw Errno.EISDIR.exception();
                }
                writer.remove(writer.top(), name);
            }
            writer.setAttributes(writer.make(writer.top(), name, file), file, ALL);
        }
    }

    private static VirtualDentry makeDirectory(Subtree directory, Name name) throws ErrnoException {
        PathOperation place = new PathOperation().root(directory.top()).child(directory.top(), name);
        directory.system().mkdir(directory.credentials(), place, 0700);
        return directory
                .system()
                .lookup(
                        directory.credentials(),
                        new PathOperation().root(directory.top()).child(directory.top(), name));
    }

    /** Copies all that is in a directory, and its attributes, into another directory. */
    public void copyContent(Subtree source, Subtree directory) throws ErrnoException {
        copyContent(source, directory, true);
    }

    /** Copies all that is in a directory into another directory, which keeps its own attributes. */
    public void copyEntries(Subtree source, Subtree directory) throws ErrnoException {
        copyContent(source, directory, false);
    }

    private void copyContent(Subtree source, Subtree directory, boolean attributes) throws ErrnoException {
        DifferenceOptions options =
                without == null ? DifferenceOptions.DEFAULT : DifferenceOptions.DEFAULT.without(without);
        try (TreeDifference difference = TreeDifference.between(directory, source, options);
                TreeUpdate update = new TreeUpdate(directory, fidelity)) {
            TreeChange change = difference.next();
            while (change != null) {
                boolean top = !attributes && change.path().isRoot();
                apply(update, top ? new TreeChange.Kept(TreePath.ROOT, TreeFile.top(directory)) : change);
                change = difference.next();
            }
            update.finish();
        }
    }

    private void apply(TreeUpdate update, TreeChange change) throws ErrnoException {
        switch (change) {
            case TreeChange.Removed _ -> {
                // It is no part of what is copied, and stays.
            }
            case TreeChange.Added added -> add(update, added, added.file());
            case TreeChange.Replaced replaced -> {
                boolean was = replaced.before().isDirectory();
                boolean becomes = replaced.file().stat().isDirectory();
                if (was != becomes) {
                    throw ErrnoException.of(
                            was ? Errno.EISDIR : Errno.ENOTDIR, replaced.path().toString());
                }
                add(update, replaced, replaced.file());
            }
            case TreeChange.Modified modified -> {
                TreeFile file = modified.file();
                // Programs that run, and other names of the file, keep what they had.
                boolean whole = !file.stat().isDirectory();
                update.apply(whole ? new TreeChange.Replaced(modified.path(), modified.before(), file) : modified);
            }
            case TreeChange.Linked linked -> {
                if (!cannotBeCopied(linked.file().stat())) {
                    update.apply(linked);
                }
            }
            case TreeChange.Kept kept -> update.apply(kept);
        }
    }

    private void add(TreeUpdate update, TreeChange change, TreeFile file) throws ErrnoException {
        if (cannotBeCopied(file.stat())) {
            leftOut.accept(change.path());
        } else {
            update.apply(change);
        }
    }

    private static boolean cannotBeCopied(Stat stat) {
        return switch (stat.mode & StatMode.S_IFMT) {
            case StatMode.S_IFCHR, StatMode.S_IFBLK, StatMode.S_IFSOCK -> true;
            default -> false;
        };
    }
}
