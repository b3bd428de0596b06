package org.caisson.vfs.notify;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.InotifyFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Permissions;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.jspecify.annotations.Nullable;

/** An inotify instance, see inotify(7): watches on files and directories, and the events that happened to them. */
public final class Inotify implements AutoCloseable {
    private static final int KNOWN = InotifyFlags.IN_ALL_EVENTS
            | InotifyFlags.IN_UNMOUNT
            | InotifyFlags.IN_Q_OVERFLOW
            | InotifyFlags.IN_IGNORED
            | InotifyFlags.IN_ONLYDIR
            | InotifyFlags.IN_DONT_FOLLOW
            | InotifyFlags.IN_EXCL_UNLINK
            | InotifyFlags.IN_MASK_CREATE
            | InotifyFlags.IN_MASK_ADD
            | InotifyFlags.IN_ISDIR
            | InotifyFlags.IN_ONESHOT;

    private static final InotifyEvent OVERFLOW = new InotifyEvent(-1, InotifyFlags.IN_Q_OVERFLOW, 0, null);

    private final InotifyAccounts accounts;
    private final int uid;
    private final int maxQueuedEvents;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean nonblocking;

    // Under the monitor.
    private final ArrayDeque<InotifyEvent> events = new ArrayDeque<>();
    private final Map<Integer, Watch> watches = new HashMap<>();
    private int lastNumber;
    private int queuedBytes;
    private boolean overflowQueued;
    private boolean closed;

    private Inotify(InotifyAccounts accounts, int uid, boolean nonblocking) {
        this.accounts = accounts;
        this.uid = uid;
        this.nonblocking = nonblocking;
        maxQueuedEvents = accounts.maxQueuedEvents();
    }

    /**
     * inotify_init1(2).
     *
     * @param flags IN_NONBLOCK, IN_CLOEXEC
     */
    public static Inotify open(InotifyAccounts accounts, Credentials credentials, int flags) throws ErrnoException {
        if ((flags & ~(InotifyFlags.IN_NONBLOCK | InotifyFlags.IN_CLOEXEC)) != 0) {
            throw Errno.EINVAL.exception();
        }
        accounts.addInstance(credentials.uid());
        return new Inotify(accounts, credentials.uid(), (flags & InotifyFlags.IN_NONBLOCK) != 0);
    }

    /** Sets or clears O_NONBLOCK, as fcntl(2) does. */
    public void nonblocking(boolean wanted) {
        nonblocking = wanted;
    }

    /** inotify_add_watch(2): returns the watch descriptor, the same as before if the file is watched already. */
    public int addWatch(VirtualFileSystem vfs, Credentials credentials, PathOperation path, int mask)
            throws ErrnoException {
        validate(mask);
        VirtualDentry place = vfs.lookup(credentials, path.followFinal((mask & InotifyFlags.IN_DONT_FOLLOW) == 0));
        requireDirectory(place, mask);
        vfs.access(credentials, new PathOperation().root(place).itself(place), Permissions.READ);
        return watch(place, mask);
    }

    /** The same for a place, of which reading is allowed. */
    public int addWatch(VirtualDentry place, int mask) throws ErrnoException {
        validate(mask);
        requireDirectory(place, mask);
        return watch(place, mask);
    }

    private static void requireDirectory(VirtualDentry place, int mask) throws ErrnoException {
        if ((mask & InotifyFlags.IN_ONLYDIR) != 0 && !place.isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
    }

    private static void validate(int mask) throws ErrnoException {
        int both = InotifyFlags.IN_MASK_ADD | InotifyFlags.IN_MASK_CREATE;
        if ((mask & ~KNOWN) != 0 || mask == 0 || (mask & both) == both) {
            throw Errno.EINVAL.exception();
        }
    }

    private int watch(VirtualDentry place, int mask) throws ErrnoException {
        Notifier notifier = Notifier.hold(place.mount().fileSystem());
        try {
            int number = watch(notifier, place.dentry(), mask);
            notifier.watches().endIfGone(place.dentry());
            return number;
        } finally {
            notifier.letGo();
        }
    }

    private synchronized int watch(Notifier notifier, Dentry dentry, int mask) throws ErrnoException {
        if (closed) {
            throw Errno.EBADF.exception();
        }
        Object file = notifier.fileOf(dentry);
        Watch known = notifier.watches().find(file, this);
        if (known != null) {
            if ((mask & InotifyFlags.IN_MASK_CREATE) != 0) {
                throw Errno.EEXIST.exception();
            }
            known.ask(mask, (mask & InotifyFlags.IN_MASK_ADD) != 0);
            return known.number;
        }
        // The number is used up even if the limit of watches refuses, as the kernel's is.
        lastNumber = lastNumber == Integer.MAX_VALUE ? 1 : lastNumber + 1;
        while (watches.containsKey(lastNumber)) {
            lastNumber++;
        }
        accounts.addWatch(uid);
        Watch watch = new Watch(this, lastNumber, notifier, file, notifier.directory(dentry), mask);
        watches.put(watch.number, watch);
        notifier.add(watch);
        return watch.number;
    }

    /** inotify_rm_watch(2). */
    public void removeWatch(int number) throws ErrnoException {
        synchronized (this) {
            Watch watch = watches.get(number);
            if (watch == null) {
                throw Errno.EINVAL.exception();
            }
            cease(watch);
        }
        announce();
    }

    /** Queues an event if the watch wants it. */
    void deliver(Watch watch, int mask, int cookie, @Nullable Name name, boolean unlinked) {
        synchronized (this) {
            if (!watch.alive || !watch.wants(mask) || (unlinked && watch.excludesUnlinked())) {
                return;
            }
            queue(new InotifyEvent(watch.number, mask, cookie, name));
            if (watch.isOneShot()) {
                cease(watch);
            }
        }
        announce();
    }

    /** Ends a watch, if it is not yet ended. */
    void end(Watch watch) {
        synchronized (this) {
            if (!watch.alive) {
                return;
            }
            cease(watch);
        }
        announce();
    }

    private void cease(Watch watch) {
        forget(watch);
        watches.remove(watch.number);
        queue(new InotifyEvent(watch.number, InotifyFlags.IN_IGNORED, 0, null));
    }

    private void forget(Watch watch) {
        watch.alive = false;
        accounts.removeWatch(uid);
        watch.notifier.remove(watch);
    }

    /** The kernel's {@code fsnotify_insert_event}: a full queue is found before a repetition. */
    private void queue(InotifyEvent event) {
        if (closed) {
            return;
        }
        if (events.size() >= maxQueuedEvents) {
            if (overflowQueued) {
                return;
            }
            overflowQueued = true;
            append(OVERFLOW);
            return;
        }
        InotifyEvent last = events.peekLast();
        boolean repeats = last != null && (last.mask() & InotifyFlags.IN_IGNORED) == 0 && event.repeats(last);
        if (!repeats) {
            append(event);
        }
    }

    private void append(InotifyEvent event) {
        events.addLast(event);
        queuedBytes += event.size();
        notifyAll();
    }

    private void announce() {
        for (Runnable listener : listeners) {
            listener.run();
        }
    }

    private @Nullable InotifyEvent take() {
        InotifyEvent event = events.pollFirst();
        if (event != null) {
            queuedBytes -= event.size();
            if (event.watch() == OVERFLOW.watch()) {
                overflowQueued = false;
            }
        }
        return event;
    }

    /**
     * read(2): as many whole events as there is room for. Waits for one if there is none, or fails with EAGAIN if the instance does not
     * block; EINVAL if there is no room for the next one, EINTR if the thread is interrupted.
     */
    public synchronized long read(MemorySegment target) throws ErrnoException {
        while (events.isEmpty()) {
            if (closed) {
                throw Errno.EBADF.exception();
            }
            if (nonblocking) {
                throw Errno.EAGAIN.exception();
            }
            try {
                wait();
            } catch (InterruptedException e) {
                throw Errno.EINTR.exception();
            }
        }
        long at = 0;
        InotifyEvent next = events.peekFirst();
        while (next != null && next.size() <= target.byteSize() - at) {
            next.writeTo(target, at);
            at += next.size();
            take();
            next = events.peekFirst();
        }
        if (at == 0) {
            throw Errno.EINVAL.exception();
        }
        return at;
    }

    /** The next event, as read(2) would give it; null if there is none now. */
    public synchronized @Nullable InotifyEvent poll() {
        return take();
    }

    /** How many bytes can be read now (FIONREAD). */
    public synchronized int available() {
        return queuedBytes;
    }

    /** The {@code POLL} bits that hold now. */
    public synchronized int readiness() {
        return events.isEmpty() ? 0 : FileDescription.POLLIN | FileDescription.POLLRDNORM;
    }

    /** Has something run whenever an event is queued, by the thread whose doing it is, which holds locks: it may only wake somebody. */
    public void addListener(Runnable listener) {
        listeners.add(listener);
    }

    /** Undoes {@link #addListener}. */
    public void removeListener(Runnable listener) {
        listeners.remove(listener);
    }

    /** The last close: all watches end. A second call does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Watch watch : watches.values()) {
            forget(watch);
        }
        watches.clear();
        events.clear();
        queuedBytes = 0;
        accounts.removeInstance(uid);
        notifyAll();
    }
}
