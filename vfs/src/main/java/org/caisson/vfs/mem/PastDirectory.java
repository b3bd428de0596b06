package org.caisson.vfs.mem;

import org.caisson.vfs.Name;
import org.caisson.vfs.TreeDentry;
import org.jspecify.annotations.Nullable;

/** A directory as a snapshot sees it, which is in use. Takes the monitor of the directory, after those of directories of clones. */
final class PastDirectory {
    private final TreeDentry directory;
    private final int snapshot;

    PastDirectory(TreeDentry directory, int snapshot) {
        this.directory = directory;
        this.snapshot = snapshot;
    }

    private MemDirectory inode() {
        return (MemDirectory) directory.inode();
    }

    /** How many entries there were. */
    int count() {
        synchronized (directory) {
            EntriesImage image = inode().imageFor(snapshot);
            return image == null ? inode().entries() : image.count;
        }
    }

    /** The cookie that the next new entry had got. */
    int nextCookie() {
        synchronized (directory) {
            EntriesImage image = inode().imageFor(snapshot);
            return image == null ? directory.nextCookie() : image.nextCookie;
        }
    }

    /** The entry of a name; null if there was none. */
    @Nullable
    PastEntry find(Name name) {
        synchronized (directory) {
            EntriesImage deciding = deciding(name);
            if (deciding != null) {
                return deciding.get(name);
            }
            TreeDentry present = inode().fileSystem.present(directory, name);
            return present == null ? null : new PastEntry(name, present, present.cookie());
        }
    }

    /** The oldest of the images that matter in which a name is. */
    private @Nullable EntriesImage deciding(Name name) {
        EntriesImage found = null;
        for (EntriesImage image = first(); image != null; image = next(image)) {
            if (image.knows(name)) {
                found = image;
            }
        }
        return found;
    }

    private @Nullable EntriesImage first() {
        return relevant(inode().images());
    }

    private @Nullable EntriesImage next(EntriesImage image) {
        return relevant(image.older);
    }

    /** Images of what was changed before the snapshot do not matter. */
    private @Nullable EntriesImage relevant(@Nullable EntriesImage image) {
        return image != null && image.last() >= snapshot ? image : null;
    }

    /** The first entry from a cookie on; null if there is none. */
    @Nullable
    PastEntry from(int cookie) {
        synchronized (directory) {
            PastEntry found = unchangedFrom(cookie);
            for (EntriesImage image = first(); image != null; image = next(image)) {
                PastEntry changed = image.from(cookie);
                while (changed != null && deciding(changed.name()) != image) {
                    changed = image.from(changed.cookie() + 1);
                }
                found = earlier(found, changed);
            }
            DirectoryOrigin origin = inode().origin();
            return origin == null ? found : earlier(found, origin.from(directory, cookie));
        }
    }

    private @Nullable PastEntry unchangedFrom(int cookie) {
        TreeDentry child = directory.childFrom(cookie);
        while (child != null && deciding(child.name()) != null) {
            child = child.cookie() == Integer.MAX_VALUE ? null : directory.childFrom(child.cookie() + 1);
        }
        return child == null ? null : new PastEntry(child.name(), child, child.cookie());
    }

    private static @Nullable PastEntry earlier(@Nullable PastEntry one, @Nullable PastEntry other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return other.cookie() < one.cookie() ? other : one;
    }
}
