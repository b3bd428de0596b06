package org.caisson.vfs.notify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.InotifyFlags;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.Inode;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.jspecify.annotations.Nullable;

/**
 * Who watches which files of one file system by inotify, and which events they get, in the order of the kernel's {@code
 * linux/fsnotify.h}. Safe for any thread.
 */
final class WatchTable {
    private static final Watch[] NONE = {};

    /** The kernel's {@code fsnotify_sync_cookie}: one for the whole system. */
    private static final AtomicInteger COOKIES = new AtomicInteger();

    private final Notifier files;

    /** By {@link org.caisson.vfs.FileSystem#identityOf}. The arrays are never changed. */
    private final ConcurrentHashMap<Object, Watch[]> watches = new ConcurrentHashMap<>();

    WatchTable(Notifier files) {
        this.files = files;
    }

    @Nullable
    Watch find(Object file, Inotify owner) {
        for (Watch watch : of(file)) {
            if (watch.owner == owner) {
                return watch;
            }
        }
        return null;
    }

    private Watch[] of(Object file) {
        return watches.getOrDefault(file, NONE);
    }

    void add(Watch added) {
        watches.compute(added.file, (file, present) -> {
            if (present == null) {
                return new Watch[] {added};
            }
            Watch[] more = Arrays.copyOf(present, present.length + 1);
            more[present.length] = added;
            return more;
        });
    }

    void remove(Watch removed) {
        watches.computeIfPresent(removed.file, (file, present) -> {
            Watch[] fewer =
                    Arrays.stream(present).filter(watch -> watch != removed).toArray(Watch[]::new);
            return fewer.length == 0 ? null : fewer;
        });
    }

    void created(Dentry child) {
        inDirectory(parentOf(child), InotifyFlags.IN_CREATE | directoryBit(child), files.name(child), 0);
    }

    void linked(Dentry child) {
        toFile(child, InotifyFlags.IN_ATTRIB | directoryBit(child));
        created(child);
    }

    void removed(Dentry child) {
        int directory = directoryBit(child);
        if (directory == 0) {
            toFile(child, InotifyFlags.IN_ATTRIB);
        }
        endIfGone(child);
        inDirectory(parentOf(child), InotifyFlags.IN_DELETE | directory, files.name(child), 0);
    }

    void moved(Dentry child, Dentry oldDirectory, Name oldName, @Nullable Dentry replaced) {
        moveEvents(child, oldDirectory, oldName, replaced);
        if (replaced != null) {
            endIfGone(replaced);
        }
    }

    void exchanged(Dentry one, Dentry other) {
        moveEvents(one, parentOf(other), files.name(other), null);
        moveEvents(other, parentOf(one), files.name(one), null);
    }

    private void moveEvents(Dentry child, @Nullable Dentry oldDirectory, Name oldName, @Nullable Dentry replaced) {
        int cookie = COOKIES.incrementAndGet();
        int directory = directoryBit(child);
        inDirectory(oldDirectory, InotifyFlags.IN_MOVED_FROM | directory, oldName, cookie);
        inDirectory(parentOf(child), InotifyFlags.IN_MOVED_TO | directory, files.name(child), cookie);
        if (replaced != null) {
            toFile(replaced, InotifyFlags.IN_ATTRIB | directoryBit(replaced));
        }
        // As the kernel does for old programs, not with IN_ISDIR.
        toFile(child, InotifyFlags.IN_MOVE_SELF);
    }

    /** {@code fsnotify_change}: which events a change of attributes is. */
    void attributesSet(Dentry dentry, int changed) {
        int mask = 0;
        if ((changed & (SetStat.UID | SetStat.GID | SetStat.MODE)) != 0) {
            mask |= InotifyFlags.IN_ATTRIB;
        }
        if ((changed & SetStat.SIZE) != 0) {
            mask |= InotifyFlags.IN_MODIFY;
        }
        boolean access = (changed & SetStat.ACCESS_TIME) != 0;
        boolean modify = (changed & SetStat.MODIFY_TIME) != 0;
        if (access && modify) {
            mask |= InotifyFlags.IN_ATTRIB;
        } else if (access) {
            mask |= InotifyFlags.IN_ACCESS;
        } else if (modify) {
            mask |= InotifyFlags.IN_MODIFY;
        }
        if (mask != 0) {
            byName(dentry, mask);
        }
    }

    /** An event about a name: to who watches the directory, with the name, and to who watches the file. */
    void byName(Dentry dentry, int event) {
        toDirectory(dentry, event, false);
        toFile(dentry, event | directoryBit(dentry));
    }

    /**
     * The same about a description, whose name may be gone. Who watches a directory does not learn of data that go through the special
     * files in it, of which their times tell nothing either.
     */
    void byDescription(Dentry dentry, int event) {
        boolean unlinked = files.unlinked(dentry);
        if ((event & (InotifyFlags.IN_ACCESS | InotifyFlags.IN_MODIFY)) == 0 || !files.special(dentry)) {
            toDirectory(dentry, event, unlinked);
        }
        int mask = event | directoryBit(dentry);
        for (Watch watch : of(files.fileOf(dentry))) {
            watch.deliver(mask, 0, null, unlinked);
        }
    }

    private void toDirectory(Dentry dentry, int event, boolean unlinked) {
        Dentry parent = parentOf(dentry);
        if (parent != null) {
            Watch[] interested = of(files.fileOf(parent));
            if (interested.length != 0) {
                int mask = event | directoryBit(dentry);
                Name name = files.name(dentry);
                for (Watch watch : interested) {
                    watch.deliver(mask, 0, name, unlinked);
                }
            }
        }
    }

    /** Somebody does not use a name any more: if that is gone, its directory may be as well that it kept. */
    void unused(Dentry dentry) {
        Dentry at = dentry;
        while (at != null && files.unlinked(at)) {
            endIfGone(at);
            at = parentOf(at);
        }
    }

    /** Ends the watches of a file that has no name and no description any more. */
    void endIfGone(Dentry dentry) {
        if (!files.gone(dentry)) {
            return;
        }
        Object file = files.fileOf(dentry);
        toFile(dentry, InotifyFlags.IN_DELETE_SELF);
        for (Watch watch : of(file)) {
            watch.owner.end(watch);
        }
    }

    /** Ends all watches, those of the youngest files first, as the kernel goes through the inodes of a super block. */
    void unmounted() {
        List<Watch> all = new ArrayList<>();
        watches.values().forEach(some -> all.addAll(List.of(some)));
        all.sort(Comparator.comparingLong(WatchTable::age).reversed());
        for (Watch watch : all) {
            int directory = watch.directory ? InotifyFlags.IN_ISDIR : 0;
            watch.deliver(InotifyFlags.IN_UNMOUNT | directory, 0, null, false);
            watch.owner.end(watch);
        }
    }

    private static long age(Watch watch) {
        return watch.file instanceof Inode inode ? inode.number() : watch.number;
    }

    private void inDirectory(@Nullable Dentry directory, int mask, Name name, int cookie) {
        if (directory != null) {
            for (Watch watch : of(files.fileOf(directory))) {
                watch.deliver(mask, cookie, name, false);
            }
        }
    }

    private void toFile(Dentry dentry, int mask) {
        for (Watch watch : of(files.fileOf(dentry))) {
            watch.deliver(mask, 0, null, false);
        }
    }

    private @Nullable Dentry parentOf(Dentry dentry) {
        return files.parent(dentry);
    }

    private int directoryBit(Dentry dentry) {
        return files.directory(dentry) ? InotifyFlags.IN_ISDIR : 0;
    }
}
