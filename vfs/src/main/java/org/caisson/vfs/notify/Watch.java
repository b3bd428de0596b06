package org.caisson.vfs.notify;

import org.caisson.linux.InotifyFlags;
import org.caisson.vfs.Name;
import org.jspecify.annotations.Nullable;

/** One file or directory that one inotify instance watches. Written under the instance's monitor. */
final class Watch {
    /** Bits of a request that are no events. */
    private static final int TRAITS = InotifyFlags.IN_EXCL_UNLINK | InotifyFlags.IN_ONESHOT;

    /** What every watch is told. */
    private static final int UNASKED = InotifyFlags.IN_UNMOUNT;

    final Inotify owner;
    final int number;
    final Notifier notifier;
    final Object file;
    final boolean directory;

    /** Events asked for and traits. Read without the lock to pass over what is not asked for. */
    private volatile int mask;

    /** Whether IN_IGNORED has not come yet. */
    boolean alive = true;

    Watch(Inotify owner, int number, Notifier notifier, Object file, boolean directory, int mask) {
        this.owner = owner;
        this.number = number;
        this.notifier = notifier;
        this.file = file;
        this.directory = directory;
        this.mask = kept(mask);
    }

    private static int kept(int asked) {
        return (asked & (InotifyFlags.IN_ALL_EVENTS | TRAITS)) | UNASKED;
    }

    void ask(int asked, boolean also) {
        mask = also ? mask | kept(asked) : kept(asked);
    }

    /** Whether one of the events of a mask is wanted. */
    boolean wants(int events) {
        return (mask & events & (InotifyFlags.IN_ALL_EVENTS | UNASKED)) != 0;
    }

    /** Whether files are of no interest when they are used after their name is gone. */
    boolean excludesUnlinked() {
        return (mask & InotifyFlags.IN_EXCL_UNLINK) != 0;
    }

    boolean isOneShot() {
        return (mask & InotifyFlags.IN_ONESHOT) != 0;
    }

    /** Gives the instance an event. {@code unlinked}: about a description of a name that is gone. */
    void deliver(int events, int cookie, @Nullable Name name, boolean unlinked) {
        if (wants(events)) {
            owner.deliver(this, events, cookie, name, unlinked);
        }
    }
}
