package org.caisson.image.copy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.caisson.image.erofs.ErofsImageFile;
import org.caisson.image.erofs.ErofsProfile;
import org.caisson.image.erofs.ErofsWriter;
import org.caisson.image.erofs.TarImport;
import org.caisson.image.layer.LayerWriter;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Name;
import org.caisson.vfs.TreePath;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.difference.DifferenceOptions;
import org.caisson.vfs.difference.Fidelity;
import org.caisson.vfs.difference.Subtree;
import org.caisson.vfs.difference.TreeChange;
import org.caisson.vfs.difference.TreeCopy;
import org.caisson.vfs.difference.TreeDifference;
import org.caisson.vfs.difference.TreeFile;
import org.caisson.vfs.erofs.ErofsFileSystem;
import org.caisson.vfs.mem.MappedPageStore;
import org.caisson.vfs.mem.MemFileSystem;
import org.caisson.vfs.mem.MemOptions;
import org.jspecify.annotations.Nullable;

/**
 * Copies as {@code docker cp} does.
 *
 * @param fidelity what is kept of files
 * @param follow whether a link that is to be copied is followed
 * @param leftOut hears of files that cannot be copied
 */
public record Copier(Fidelity fidelity, boolean follow, Consumer<TreePath> leftOut) {
    /** Where the kernel shows itself: nothing there is a file of the container's. */
    private static final Set<String> KERNEL = Set.of("dev", "proc", "sys");

    private static final int MOST_TRIES = 4;
    private static final Path SPOOL = Path.of("/tmp");

    /** From a path of one tree to a path of another. */
    public void copy(CopyTree from, String source, CopyTree to, String target) throws IOException {
        for (int tries = 1; ; tries++) {
            CopyPath what = existing(from, source);
            CopyPath where = look(to, target);
            try {
                copy(what, where.real(), target);
                return;
            } catch (ErrnoException e) {
                // A directory that was replaced meanwhile, or to which overlayfs gave another number: what was copied
                // stays.
                if (e.errno() != Errno.ESTALE || tries == MOST_TRIES) {
                    throw new CopyException(source + " cannot be copied to " + target + ": " + words(e), e);
                }
            }
        }
    }

    private void copy(CopyPath what, CopyPath where, String target) throws IOException {
        TreeCopy copy = new TreeCopy(fidelity, without(what), leftOut);
        boolean isDirectory = what.isDirectory();
        VirtualDentry there = where.file();
        if (there != null && there.isDirectory()) {
            if (isDirectory && what.content()) {
                copy.copyEntries(what.existing(), where.at(there));
            } else {
                copy.copy(what.existing(), where.at(there), what.name());
            }
            return;
        }
        if (there != null && isDirectory) {
            throw new CopyException(target + " is no directory: a directory cannot be copied over another file");
        }
        VirtualDentry parent = where.parent();
        if (parent == null || (there == null && where.directory() && !isDirectory)) {
            throw new CopyException("the directory of " + target + " does not exist: make it first");
        }
        copy.copy(what.existing(), where.at(parent), where.name());
    }

    /** A path of a tree as a tar archive, in which the file, or the directory, has its own name. */
    public void archive(CopyTree from, String source, OutputStream out) throws IOException {
        CopyPath what = existing(from, source);
        Name top = what.content() ? Name.EMPTY : what.name();
        LayerWriter writer = LayerWriter.archive(out, top);
        try {
            if (!what.isDirectory()) {
                writer.write(new TreeChange.Added(TreePath.ROOT, TreeFile.top(what.existing())));
                writer.finish();
                return;
            }
            Subtree tree = what.existing();
            try (MappedPageStore pages = MappedPageStore.anonymous()) {
                Subtree nothing = new Subtree(
                        tree.system(),
                        tree.credentials(),
                        tree.system()
                                .newMountNamespace(new MemFileSystem(MemOptions.DEFAULT, pages))
                                .root());
                write(nothing, tree, without(what), writer);
            }
        } catch (ErrnoException e) {
            throw new CopyException(source + " cannot be read: " + words(e), e);
        }
    }

    private static void write(Subtree nothing, Subtree tree, @Nullable Predicate<TreePath> without, LayerWriter writer)
            throws IOException {
        DifferenceOptions options =
                without == null ? DifferenceOptions.DEFAULT : DifferenceOptions.DEFAULT.without(without);
        try (TreeDifference all = TreeDifference.between(nothing, tree, options)) {
            TreeChange change = all.next();
            while (change != null) {
                writer.write(change);
                change = all.next();
            }
            writer.finish();
        }
    }

    /** Unpacks a tar archive, perhaps a sparse one, in a directory. Nothing is written before all of it was read. */
    public void unpack(InputStream tar, CopyTree to, String target) throws IOException {
        CopyPath where = look(to, target);
        VirtualDentry there = where.file();
        if (there == null || !there.isDirectory()) {
            throw new CopyException(target + (there == null ? " does not exist" : " is no directory")
                    + ": an archive is unpacked in a directory");
        }
        try (ErofsImageFile image = ErofsImageFile.in(SPOOL);
                ErofsWriter writer = new ErofsWriter(image, ErofsProfile.DEFAULT, Long.MAX_VALUE)) {
            TarImport.archive(tar, writer);
            writer.finish();
            try (ErofsFileSystem files = ErofsFileSystem.open(image.descriptor())) {
                VirtualFileSystem system = where.tree().system();
                Subtree all = new Subtree(
                        system,
                        Credentials.root(),
                        system.newMountNamespace(files).root());
                // An archive says nothing of where it is unpacked.
                new TreeCopy(fidelity, null, leftOut).copyEntries(all, where.at(there));
            }
        } catch (ErrnoException e) {
            throw new CopyException("the archive cannot be unpacked in " + target + ": " + words(e), e);
        }
    }

    private CopyPath existing(CopyTree tree, String path) throws IOException {
        CopyPath found = look(tree, path, follow);
        if (found.file() == null) {
            throw new CopyException(path + " does not exist");
        }
        if (found.directory() && !found.isDirectory()) {
            throw new CopyException(path + " is no directory");
        }
        return found;
    }

    private static CopyPath look(CopyTree tree, String path) throws IOException {
        return look(tree, path, true);
    }

    private static CopyPath look(CopyTree tree, String path, boolean follow) throws CopyException {
        try {
            return CopyPath.of(tree.tree(), path, follow);
        } catch (ErrnoException e) {
            throw new CopyException(path + " cannot be reached: " + e.getMessage(), e);
        }
    }

    private static @Nullable Predicate<TreePath> without(CopyPath what) {
        VirtualDentry file = what.file();
        boolean all = file != null && file.equals(what.tree().top());
        return all ? path -> KERNEL.contains(path.toString()) : null;
    }

    private static String words(ErrnoException e) {
        return switch (e.errno()) {
            case EISDIR -> "a directory is in the way of another file; " + e.getMessage();
            case ENOTDIR -> "a file that is no directory is in the way of one; " + e.getMessage();
            case EROFS -> "the file system there is read-only";
            default -> String.valueOf(e.getMessage());
        };
    }
}
