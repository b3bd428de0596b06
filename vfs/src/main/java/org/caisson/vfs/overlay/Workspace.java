package org.caisson.vfs.overlay;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.StatMode;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.jspecify.annotations.Nullable;

/**
 * The directory beside the upper layer in which things are made before a rename puts them in their place: what a crash leaves there
 * is cleared away when the overlay is mounted again. As with the kernel it is {@code work} in the work directory, so that either clears
 * away what the other left.
 */
final class Workspace {
    private static final Name WORK = Name.of("work");
    private static final Name INCOMPATIBLE = Name.of("incompat");
    private static final Name VOLATILE = Name.of("volatile");
    private static final Name LINKS = Name.of("links");
    private static final int EXCHANGE = 2;

    /** How deep what is cleared away may be nested. */
    private static final int DEEPEST = 64;

    private final LayerCalls calls;
    private final VirtualDentry base;
    private final VirtualDentry work;
    private final AtomicInteger next = new AtomicInteger();

    /** The name here of a whiteout of which others are links; null until one is needed, or if there can be no links. */
    private volatile @Nullable VirtualDentry whiteout;

    private volatile boolean linksWhiteouts = true;

    private Workspace(LayerCalls calls, VirtualDentry base, VirtualDentry work) {
        this.calls = calls;
        this.base = base;
        this.work = work;
    }

    /** Clears away what is left in a work directory and makes it ready. */
    static Workspace prepare(LayerCalls calls, VirtualDentry base) throws ErrnoException {
        VirtualDentry left = calls.find(base, WORK);
        if (left != null) {
            clear(calls, base, WORK, 0);
        }
        calls.mkdir(base, WORK, 0, calls.mounter());
        return new Workspace(calls, base, calls.lookup(base, WORK));
    }

    /** EINVAL if what was written to the layer may be lost, as a volatile overlay leaves a mark to say: that is for its owner to judge. */
    static void requireWhole(LayerCalls calls, VirtualDentry base) throws ErrnoException {
        VirtualDentry left = calls.find(base, WORK);
        if (left != null && calls.find(left, INCOMPATIBLE) != null) {
            throw Errno.EINVAL.exception();
        }
    }

    /** Leaves that mark. */
    void markVolatile() throws ErrnoException {
        calls.mkdir(work, INCOMPATIBLE, 0, calls.mounter());
        calls.mkdir(calls.lookup(work, INCOMPATIBLE), VOLATILE, 0, calls.mounter());
    }

    VirtualDentry directory() {
        return work;
    }

    /** A name that is free here. */
    Name temporary() {
        return Name.of("#" + Integer.toHexString(next.incrementAndGet()));
    }

    /** The directory of copies that have further names in lower layers; null if there is none and none is to be made. */
    @Nullable
    VirtualDentry links(boolean make) throws ErrnoException {
        VirtualDentry present = calls.find(base, LINKS);
        if (present != null || !make) {
            return present;
        }
        calls.mkdir(base, LINKS, 0, calls.mounter());
        return calls.lookup(base, LINKS);
    }

    /** Makes a whiteout in a directory, under a name that is free. */
    void whiteout(VirtualDentry directory, Name name) throws ErrnoException {
        if (linksWhiteouts) {
            try {
                calls.link(sharedWhiteout(), directory, name);
                return;
            } catch (ErrnoException e) {
                if (e.errno() == Errno.EMLINK) {
                    whiteout = null;
                } else if (e.errno() == Errno.EEXIST || e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT) {
                    throw e;
                } else {
                    linksWhiteouts = false;
                }
            }
        }
        calls.mknod(directory, name, StatMode.S_IFCHR, 0, calls.mounter());
    }

    private VirtualDentry sharedWhiteout() throws ErrnoException {
        VirtualDentry present = whiteout;
        if (present != null) {
            return present;
        }
        Name name = temporary();
        calls.mknod(work, name, StatMode.S_IFCHR, 0, calls.mounter());
        present = calls.lookup(work, name);
        whiteout = present;
        return present;
    }

    /** Puts a whiteout in the place of an entry; a directory that was there is cleared away. */
    void replaceByWhiteout(VirtualDentry directory, Name name, boolean isDirectory) throws ErrnoException {
        Name temporary = temporary();
        whiteout(work, temporary);
        try {
            calls.rename(work, temporary, directory, name, isDirectory ? EXCHANGE : 0);
        } catch (ErrnoException e) {
            discard(temporary);
            throw e;
        }
        if (isDirectory) {
            discard(temporary);
        }
    }

    /** Takes a directory that holds nothing but whiteouts out of its place. */
    void takeAway(VirtualDentry directory, Name name) throws ErrnoException {
        Name temporary = temporary();
        calls.rename(directory, name, work, temporary, 0);
        discard(temporary);
    }

    /** Removes what is of no use any more, as far as that is possible: the next mount removes the rest. */
    void discard(Name temporary) {
        discard(work, temporary);
    }

    /** The same in a directory within. */
    void discard(VirtualDentry directory, Name temporary) {
        try {
            clear(calls, directory, temporary, 0);
        } catch (ErrnoException left) {
            return;
        }
    }

    private static void clear(LayerCalls calls, VirtualDentry directory, Name name, int depth) throws ErrnoException {
        Stat stat = calls.tryStat(directory, name);
        if (stat == null) {
            return;
        }
        if (!stat.isDirectory()) {
            calls.unlink(directory, name);
            return;
        }
        if (depth == DEEPEST) {
            throw Errno.EIO.exception();
        }
        VirtualDentry place = calls.lookup(directory, name);
        for (Name child : list(calls, place)) {
            clear(calls, place, child, depth + 1);
        }
        calls.rmdir(directory, name);
    }

    private static List<Name> list(LayerCalls calls, VirtualDentry directory) throws ErrnoException {
        List<Name> names = new ArrayList<>();
        try (FileDescription opened = calls.openDirectory(directory)) {
            opened.readDirectory(0, (name, inode, type, cookie) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    names.add(name);
                }
                return true;
            });
        }
        return names;
    }
}
