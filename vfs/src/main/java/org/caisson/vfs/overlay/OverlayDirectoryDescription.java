package org.caisson.vfs.overlay;

import java.util.List;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.DirectorySink;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDirectoryDescription;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * An open directory of an overlay. One that lies in a single layer is read as that layer's; the entries of one that is merged are listed
 * when reading begins, and cookies count in that list, as with the kernel: what is removed meanwhile is still listed.
 */
final class OverlayDirectoryDescription extends TreeDirectoryDescription {
    private static final int DIRECTORY = 4;

    /** The first cookie after {@code .} and {@code ..} in a merged list. */
    private static final int FIRST = 2;

    private final OverlayFileSystem overlay;
    private final OverlayDentry directory;

    // Under the monitor: what is being read, one of the two.
    private @Nullable List<MergedListing.Entry> merged;
    private @Nullable FileDescription single;
    private @Nullable LayerFile singlePart;

    OverlayDirectoryDescription(OverlayFileSystem overlay, VirtualDentry place, Credentials credentials, int flags) {
        super(overlay, place, credentials, flags);
        this.overlay = overlay;
        this.directory = (OverlayDentry) place.dentry();
    }

    @Override
    public synchronized void readDirectory(long cookie, DirectorySink sink) throws ErrnoException {
        if (cookie < 0) {
            throw Errno.EINVAL.exception();
        }
        if (directory.isSealed()) {
            throw Errno.ENOENT.exception();
        }
        if (cookie == 0 || (merged == null && single == null)) {
            begin();
        }
        if (merged != null) {
            readMerged(merged, cookie, sink);
        } else if (single != null && singlePart != null) {
            readSingle(single, singlePart, cookie, sink);
        }
        tellAccessed();
    }

    private void begin() throws ErrnoException {
        OverlayInode inode = directory.file();
        closeSingle();
        if (inode.isMerged()) {
            merged = MergedListing.of(overlay.layers(), inode);
            return;
        }
        merged = null;
        VirtualDentry upper = inode.upper();
        LayerFile part = upper != null ? LayerFile.of(overlay.layers().top(), upper) : inode.lowers()[0];
        single = overlay.layers().calls().openDirectory(part.place());
        singlePart = part;
    }

    private void closeSingle() {
        FileDescription open = single;
        single = null;
        singlePart = null;
        if (open != null) {
            open.release();
        }
    }

    private void readMerged(List<MergedListing.Entry> entries, long cookie, DirectorySink sink) throws ErrnoException {
        if (cookie == 0 && !sink.entry(Name.DOT, directory.inode().number(), DIRECTORY, 1)) {
            return;
        }
        if (cookie <= 1 && !sink.entry(Name.DOT_DOT, above(), DIRECTORY, FIRST)) {
            return;
        }
        for (long next = Math.max(cookie, FIRST) - FIRST; next < entries.size(); next++) {
            MergedListing.Entry entry = entries.get((int) next);
            long number =
                    overlay.entries().numberOf(directory, entry.from(), entry.name(), entry.type(), entry.number());
            if (!sink.entry(entry.name(), number, entry.type(), next + FIRST + 1)) {
                return;
            }
        }
    }

    /** The layer's own entries and cookies; numbers are the overlay's. */
    private void readSingle(FileDescription real, LayerFile part, long cookie, DirectorySink sink)
            throws ErrnoException {
        SingleSink translated = new SingleSink(part, sink);
        real.readDirectory(cookie, translated);
        if (translated.failure != null) {
            throw translated.failure;
        }
    }

    private final class SingleSink implements DirectorySink {
        private final LayerFile part;
        private final DirectorySink sink;
        private @Nullable ErrnoException failure;

        SingleSink(LayerFile part, DirectorySink sink) {
            this.part = part;
            this.sink = sink;
        }

        @Override
        public boolean entry(Name name, long number, int type, long nextCookie) {
            if (name.equals(Name.DOT)) {
                return sink.entry(name, directory.inode().number(), type, nextCookie);
            }
            if (name.equals(Name.DOT_DOT)) {
                return sink.entry(name, above(), type, nextCookie);
            }
            try {
                if (MergedListing.isWhiteout(overlay.layers(), part, name, type)) {
                    return true;
                }
                long shown = overlay.entries().numberOf(directory, part, name, type, number);
                return sink.entry(name, shown, type, nextCookie);
            } catch (ErrnoException e) {
                failure = e;
                return false;
            }
        }
    }

    private long above() {
        OverlayDentry parent = directory.directory();
        return (parent == null ? directory : parent).inode().number();
    }

    /** Only the upper layer's part can have changed. */
    @Override
    public void sync(boolean dataOnly) throws ErrnoException {
        VirtualDentry upper = directory.file().upper();
        if (upper != null) {
            try (FileDescription real = overlay.layers().calls().openDirectory(upper)) {
                real.sync(dataOnly);
            }
        }
    }

    @Override
    protected synchronized void onRelease() {
        closeSingle();
        super.onRelease();
    }
}
