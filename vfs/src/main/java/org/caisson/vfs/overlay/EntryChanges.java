package org.caisson.vfs.overlay;

import java.lang.foreign.MemorySegment;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.OpenFlags;
import org.caisson.linux.StatMode;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.ResolvingPath;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/** What walks do to the entries of an overlay that has an upper layer; each change passes the gate first. */
final class EntryChanges {
    private static final int DONE = 0;

    private final OverlayFileSystem overlay;
    private final OverlayOpening opening;
    private final Workspace workspace;
    private final EntryCreation creation;
    private final EntryRemoval removal;
    private final EntryRename rename;

    EntryChanges(
            OverlayFileSystem overlay,
            OverlayOpening opening,
            Workspace workspace,
            CopyUp copyUp,
            HardLinks hardLinks) {
        this.overlay = overlay;
        this.opening = opening;
        this.workspace = workspace;
        creation = new EntryCreation(overlay, workspace, copyUp, hardLinks);
        removal = new EntryRemoval(overlay, workspace, copyUp, hardLinks);
        rename = new EntryRename(overlay, workspace, copyUp, removal);
    }

    Workspace workspace() {
        return workspace;
    }

    /** One change. */
    @FunctionalInterface
    private interface Change {
        void make() throws ErrnoException;
    }

    private void pass(Change change) throws ErrnoException {
        int passed = overlay.gate().enter();
        try {
            change.make();
        } finally {
            overlay.gate().leave(passed);
        }
    }

    /** A change that finds out whether the entry is still there: 0, or that it is to be found again. */
    @FunctionalInterface
    private interface Attempt {
        boolean make() throws ErrnoException;
    }

    private int attempt(Attempt attempt) throws ErrnoException {
        int passed = overlay.gate().enter();
        try {
            return attempt.make() ? DONE : OverlayFileSystem.LOOK_AGAIN;
        } finally {
            overlay.gate().leave(passed);
        }
    }

    void createFile(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        pass(() -> {
            EntryCreation.Made made = creation.file(
                    path.credentials(),
                    (OverlayDentry) directory,
                    path.component(),
                    options.flags(),
                    options.mode() & 07777);
            opening.opened(path, made, options.flags() & ~OpenFlags.O_TRUNC);
        });
    }

    void createTemporary(ResolvingPath path, TreeDentry directory, OpenOptions options) throws ErrnoException {
        pass(() -> {
            EntryCreation.Made made = creation.temporary(
                    path.credentials(), (OverlayDentry) directory, options.flags(), options.mode() & 07777);
            overlay.addTemporary(made.dentry());
            opening.opened(path, made, options.flags());
            overlay.layers().orphans().add(made.dentry().file());
        });
    }

    void makeDirectory(ResolvingPath path, TreeDentry directory, int mode) throws ErrnoException {
        int permissions = mode & (0777 | StatMode.S_ISVTX);
        pass(() -> creation.directory(path.credentials(), (OverlayDentry) directory, path.component(), permissions));
    }

    void makeNode(ResolvingPath path, TreeDentry directory, int mode, long number) throws ErrnoException {
        if ((mode & StatMode.S_IFMT) == StatMode.S_IFCHR && number == 0) {
            throw Errno.EPERM.exception();
        }
        pass(() -> creation.node(path.credentials(), (OverlayDentry) directory, path.component(), mode, number));
    }

    void makeSymlink(ResolvingPath path, TreeDentry directory, MemorySegment target) throws ErrnoException {
        pass(() -> creation.symlink(path.credentials(), (OverlayDentry) directory, path.component(), target));
    }

    void makeLink(ResolvingPath path, TreeDentry directory, TreeDentry existing) throws ErrnoException {
        pass(() -> creation.link((OverlayDentry) directory, path.component(), (OverlayDentry) existing));
    }

    int removeFile(ResolvingPath path, TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return attempt(() -> removal.file((OverlayDentry) directory, (OverlayDentry) victim, path.component()));
    }

    int removeDirectory(TreeDentry directory, TreeDentry victim) throws ErrnoException {
        return attempt(() -> removal.directory((OverlayDentry) directory, (OverlayDentry) victim));
    }

    int rename(ResolvingPath path, ResolvingPath from, TreeDentry source, @Nullable TreeDentry target, int flags)
            throws ErrnoException {
        return attempt(() -> rename.rename(
                (OverlayDentry) source,
                (OverlayDentry) from.found(),
                (OverlayDentry) path.found(),
                path.component(),
                (OverlayDentry) target,
                flags));
    }
}
