package org.caisson.vfs.overlay;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * Moves entries in the upper layer, in the order of the kernel's {@code ovl_rename}: what lower layers have under the old name is hidden
 * by a whiteout that comes with the same rename, and a directory with parts in lower layers is told where they are by a redirect.
 */
final class EntryRename {
    private static final int NOREPLACE = 1;
    private static final int EXCHANGE = 2;
    private static final int WHITEOUT = 4;

    /** The longest redirect that is written, as {@code redirect_max} of the kernel's module. */
    private static final int LONGEST_REDIRECT = 256;

    private static final byte[] YES = {'y'};

    private final OverlayFileSystem overlay;
    private final LayerCalls calls;
    private final Workspace workspace;
    private final CopyUp copyUp;
    private final EntryRemoval removal;

    EntryRename(OverlayFileSystem overlay, Workspace workspace, CopyUp copyUp, EntryRemoval removal) {
        this.overlay = overlay;
        this.calls = overlay.layers().calls();
        this.workspace = workspace;
        this.copyUp = copyUp;
        this.removal = removal;
    }

    /** One rename with what it is about. No other rename goes on meanwhile. */
    private record Move(
            OverlayDentry source,
            OverlayDentry from,
            OverlayDentry to,
            Name name,
            @Nullable OverlayDentry target,
            boolean exchange) {
        boolean sameDirectory() {
            return from == to;
        }
    }

    /** Renames; false, with nothing moved, if an entry is not there under its name any more. */
    boolean rename(
            OverlayDentry source,
            OverlayDentry from,
            OverlayDentry to,
            Name name,
            @Nullable OverlayDentry target,
            int flags)
            throws ErrnoException {
        if ((flags & ~(EXCHANGE | NOREPLACE)) != 0) {
            throw Errno.EINVAL.exception();
        }
        Move move = new Move(source, from, to, name, target, (flags & EXCHANGE) != 0);
        requireMovable(source);
        if (move.exchange && target != null) {
            requireMovable(target);
        }
        if (target != null && !move.exchange && target.file().isDirectory()) {
            removal.requireEmpty(target);
        }
        copyUp.copy(source, CopyUp.ATTRIBUTES);
        copyUp.directory(to);
        if (move.exchange && target != null) {
            copyUp.copy(target, CopyUp.ATTRIBUTES);
        }
        synchronized (from) {
            synchronized (to) {
                return lockDirectories(move);
            }
        }
    }

    /** The lock for directories comes after the monitors of all that may lose or get entries, and before those of files. */
    private boolean lockDirectories(Move move) throws ErrnoException {
        OverlayDentry target = move.target;
        OverlayDentry changed =
                target != null && !move.exchange && target.file().isDirectory() ? target : move.to;
        synchronized (changed) {
            copyUp.directories().lock();
            try {
                return lockFiles(move);
            } finally {
                copyUp.directories().unlock();
            }
        }
    }

    private boolean lockFiles(Move move) throws ErrnoException {
        OverlayDentry target = move.target;
        ReentrantLock first = copyUp.lockOf(move.source.file());
        ReentrantLock second = target != null ? copyUp.lockOf(target.file()) : first;
        first.lock();
        second.lock();
        try {
            if (!isThere(move.from, move.source) || (move.target != null && !isThere(move.to, move.target))) {
                return false;
            }
            perform(move);
            return true;
        } finally {
            second.unlock();
            first.unlock();
        }
    }

    /** EXDEV for a directory with parts in lower layers, unless it can be told by a redirect where they are. */
    private void requireMovable(OverlayDentry entry) throws ErrnoException {
        boolean movable = overlay.layers().options().redirects() == OverlayOptions.Redirects.ON
                || !entry.file().isDirectory()
                || !isMergedOrLower(entry.file());
        if (!movable) {
            throw Errno.EXDEV.exception();
        }
    }

    private static boolean isMergedOrLower(OverlayInode inode) {
        return !inode.isUpper() || inode.isMerged();
    }

    private static boolean isThere(OverlayDentry directory, OverlayDentry entry) {
        return directory.child(entry.name()) == entry;
    }

    private void perform(Move move) throws ErrnoException {
        OverlayDentry source = move.source;
        OverlayDentry target = move.target;
        if (target == null) {
            overlay.entries().requireFree(move.to, move.name);
        }
        if (target != null && !move.exchange && target.file().isDirectory()) {
            removal.requireEmpty(target);
            if (target.isInUpper() && target.file().hasLower()) {
                clear(move.to, target);
            }
        }
        mark(move);
        VirtualDentry from = move.from.file().upperPlace();
        VirtualDentry to = move.to.file().upperPlace();
        int flags = move.exchange ? EXCHANGE : 0;
        boolean leavesWhiteout = false;
        if (!move.exchange) {
            boolean overWhiteout = (target == null || !target.isInUpper()) && isWhiteout(to, move.name);
            if (removal.lowerHas(move.from.file(), source)) {
                flags = overWhiteout ? EXCHANGE : WHITEOUT;
            } else if (overWhiteout && source.file().isDirectory()) {
                flags = EXCHANGE;
                leavesWhiteout = true;
            }
            if (target != null) {
                removal.countDown(target);
            }
        }
        calls.rename(from, source.name(), to, move.name, flags);
        if (leavesWhiteout) {
            removeWhiteout(from, source.name());
        }
        finish(move);
    }

    private boolean isWhiteout(VirtualDentry directory, Name name) throws ErrnoException {
        Stat stat = calls.tryStat(directory, name);
        if (stat == null) {
            return false;
        }
        if (!LayerCalls.isWhiteoutDevice(stat)) {
            throw Errno.ESTALE.exception();
        }
        return true;
    }

    private void removeWhiteout(VirtualDentry directory, Name name) {
        try {
            calls.unlink(directory, name);
        } catch (ErrnoException e) {
            // It hides nothing, and stays.
            return;
        }
    }

    /** Puts an empty directory, like it but opaque, in the place of one that holds only whiteouts. */
    private void clear(OverlayDentry directory, OverlayDentry victim) throws ErrnoException {
        OverlayInode inode = victim.file();
        VirtualDentry upper = inode.upperPlace();
        Stat stat = new Stat();
        calls.stat(upper, stat);
        Name temporary = workspace.temporary();
        VirtualDentry work = workspace.directory();
        calls.mkdir(work, temporary, stat.mode & 07777, calls.owner(stat.uid, stat.gid));
        try {
            VirtualDentry made = calls.lookup(work, temporary);
            copyUp.copyAttributes(upper, made);
            calls.setAttribute(made, overlay.layers().attributes().opaque, YES);
            copyUp.copyMode(made, stat);
            calls.rename(work, temporary, directory.file().upperPlace(), victim.name(), EXCHANGE);
            inode.upper(calls.lookup(directory.file().upperPlace(), victim.name()));
            inode.lowers(LayerFile.NONE);
            inode.setOpaque();
        } finally {
            workspace.discard(temporary);
        }
    }

    /** Writes down, before anything moves, what will hold afterwards. */
    private void mark(Move move) throws ErrnoException {
        if (!move.sameDirectory()) {
            if (isCopy(move.source)) {
                copyUp.setImpure(move.to.file());
            }
            if (move.exchange && move.target != null && isCopy(move.target)) {
                copyUp.setImpure(move.from.file());
            }
        }
        markMoved(move.source, move.to, move.sameDirectory());
        if (move.exchange && move.target != null) {
            markMoved(move.target, move.from, move.sameDirectory());
        }
    }

    private static boolean isCopy(OverlayDentry entry) {
        return entry.file().isCopied() || entry.file().hasLower();
    }

    private void markMoved(OverlayDentry moved, OverlayDentry newParent, boolean sameDirectory) throws ErrnoException {
        OverlayInode inode = moved.file();
        if (inode.isMerged()) {
            redirect(moved, sameDirectory);
        } else if (inode.isDirectory() && !inode.isOpaque() && newParent.file().hasLower()) {
            setOrRefuse(inode, overlay.layers().attributes().opaque, YES);
            inode.setOpaque();
        }
    }

    private void redirect(OverlayDentry moved, boolean sameDirectory) throws ErrnoException {
        OverlayInode inode = moved.file();
        byte[] known = inode.redirect();
        boolean relative = sameDirectory && inode.isDirectory();
        if (known != null && (relative || known[0] == '/')) {
            return;
        }
        byte[] path = relative ? moved.name().toByteArray() : pathInLayers(moved);
        setOrRefuse(inode, overlay.layers().attributes().redirect, path);
        inode.redirect(path);
    }

    private void setOrRefuse(OverlayInode inode, Name attribute, byte[] value) throws ErrnoException {
        try {
            calls.setAttribute(inode.upperPlace(), attribute, value);
        } catch (ErrnoException e) {
            // The caller copies then, as between file systems.
            throw Errno.EXDEV.exception();
        }
    }

    /** Where an entry is in the layers beneath, as far as they are told by redirects above it. */
    private static byte[] pathInLayers(OverlayDentry entry) throws ErrnoException {
        Deque<byte[]> parts = new ArrayDeque<>();
        int length = 0;
        for (OverlayDentry at = entry; at.directory() != null; at = requireNonNull(at.directory())) {
            byte[] redirect = at.file().redirect();
            byte[] part = redirect != null ? redirect : at.name().toByteArray();
            boolean whole = part[0] == '/';
            parts.push(part);
            length += part.length + (whole ? 0 : 1);
            if (whole) {
                break;
            }
        }
        if (length > LONGEST_REDIRECT) {
            throw Errno.EXDEV.exception();
        }
        ByteArrayOutputStream path = new ByteArrayOutputStream(length);
        for (byte[] part : parts) {
            if (part[0] != '/') {
                path.write('/');
            }
            path.writeBytes(part);
        }
        return path.toByteArray();
    }

    private void finish(Move move) throws ErrnoException {
        OverlayDentry target = move.target;
        if (move.exchange && target != null) {
            overlay.entries().swapped(move.source, target);
            return;
        }
        overlay.entries().moved(move.source, move.from, move.to, move.name, target);
        if (target != null) {
            if (target.file().isDirectory()) {
                overlay.entries().bury(target);
            } else {
                removal.countedDown(target.file());
            }
        }
    }
}
