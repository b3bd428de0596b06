package org.caisson.vfs.notify;

import java.util.function.Consumer;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.InotifyFlags;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileSystem;
import org.caisson.vfs.FileSystemObserver;
import org.caisson.vfs.Name;
import org.caisson.vfs.SetStat;
import org.jspecify.annotations.Nullable;

/**
 * The observer of one file system, as long as anybody watches it: tells those who watch by inotify, and the change feeds.
 */
final class Notifier extends FileSystemObserver {
    @SuppressWarnings("this-escape")
    private final WatchTable watches = new WatchTable(this);

    @SuppressWarnings("this-escape")
    private final ChangeLog log = new ChangeLog(this);

    /** Who needs this: watches, feeds, and calls under way. Under the monitor. */
    private int users;

    /** Whether the file system has let go of this. Under the monitor. */
    private boolean retired;

    private Notifier(FileSystem fileSystem) {
        super(fileSystem);
    }

    /** The notifier of a file system, kept until {@link #letGo}. */
    static Notifier hold(FileSystem fileSystem) {
        while (true) {
            FileSystemObserver present = fileSystem.observer();
            if (present == null) {
                Notifier made = new Notifier(fileSystem);
                made.users = 1;
                if (fileSystem.observe(null, made)) {
                    return made;
                }
            } else if (present instanceof Notifier notifier && notifier.tryHold()) {
                return notifier;
            } else if (!(present instanceof Notifier)) {
                throw new IllegalStateException("the file system has an observer of its own");
            }
        }
    }

    private synchronized boolean tryHold() {
        if (retired) {
            return false;
        }
        users++;
        return true;
    }

    synchronized void letGo() {
        users--;
        if (users == 0) {
            retired = true;
            fileSystem().observe(this, null);
        }
    }

    private synchronized void holdAgain() {
        users++;
    }

    WatchTable watches() {
        return watches;
    }

    ChangeLog log() {
        return log;
    }

    void add(Watch watch) {
        holdAgain();
        watches.add(watch);
    }

    void remove(Watch watch) {
        watches.remove(watch);
        letGo();
    }

    // The tree, for this package.

    Object fileOf(Dentry dentry) {
        return identityOf(dentry);
    }

    boolean directory(Dentry dentry) {
        return isDirectory(dentry);
    }

    @Nullable
    Dentry parent(Dentry dentry) {
        return parentOf(dentry);
    }

    Name name(Dentry dentry) {
        return nameOf(dentry);
    }

    boolean special(Dentry dentry) {
        return isSpecial(dentry);
    }

    boolean unlinked(Dentry dentry) {
        return isUnlinked(dentry);
    }

    boolean gone(Dentry dentry) {
        return isGone(dentry);
    }

    void names(Dentry dentry, Consumer<Dentry> visitor) {
        forEachName(dentry, visitor);
    }

    void children(Dentry directory, Consumer<Dentry> visitor) {
        forEachChild(directory, visitor);
    }

    boolean isFetched(Dentry directory) {
        return hasFetchedEntries(directory);
    }

    void fetch(Dentry directory) throws ErrnoException {
        fetchEntries(directory);
    }

    void awaitChanges() {
        settle();
    }

    // What happens.

    @Override
    public void begin() {
        log.begin();
    }

    @Override
    public void end() {
        log.end();
    }

    @Override
    public void created(Dentry child) {
        log.created(child, false);
        watches.created(child);
    }

    @Override
    public void whitedOut(Dentry whiteout) {
        log.created(whiteout, false);
    }

    @Override
    public void linked(Dentry child) {
        log.created(child, true);
        watches.linked(child);
    }

    @Override
    public void removed(Dentry child) {
        log.removed(child);
        watches.removed(child);
    }

    @Override
    public void moved(Dentry child, Dentry oldDirectory, Name oldName, @Nullable Dentry replaced) {
        log.moved(child, oldDirectory, oldName, replaced);
        watches.moved(child, oldDirectory, oldName, replaced);
    }

    @Override
    public void exchanged(Dentry one, Dentry other) {
        log.exchanged(one, other);
        watches.exchanged(one, other);
    }

    @Override
    public void opened(Dentry dentry) {
        watches.byDescription(dentry, InotifyFlags.IN_OPEN);
    }

    @Override
    public void closed(Dentry dentry, boolean writable) {
        watches.byDescription(dentry, writable ? InotifyFlags.IN_CLOSE_WRITE : InotifyFlags.IN_CLOSE_NOWRITE);
    }

    @Override
    public void accessed(Dentry dentry) {
        watches.byDescription(dentry, InotifyFlags.IN_ACCESS);
    }

    @Override
    public void written(Dentry dentry) {
        watches.byDescription(dentry, InotifyFlags.IN_MODIFY);
    }

    @Override
    public void attributesSet(Dentry dentry, int mask) {
        log.attributesChanged(dentry, mask);
        watches.attributesSet(dentry, mask);
    }

    @Override
    public void modeDropped(Dentry dentry) {
        log.attributesChanged(dentry, SetStat.MODE);
    }

    @Override
    public void xattrSet(Dentry dentry, Name name) {
        log.xattrChanged(dentry, name);
        watches.byName(dentry, InotifyFlags.IN_ATTRIB);
    }

    @Override
    public void unused(Dentry dentry) {
        watches.unused(dentry);
    }

    @Override
    public void dataChanged(Dentry dentry, long offset, long length, long size) {
        log.dataChanged(dentry, offset, length, size);
    }

    @Override
    public void unmounted() {
        watches.unmounted();
    }
}
