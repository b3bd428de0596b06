package org.caisson.vfs.notify;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.InotifyFlags;
import org.caisson.linux.OpenFlags;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.Dentry;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.Permissions;
import org.caisson.vfs.SetStat;
import org.caisson.vfs.Stat;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;
import org.caisson.vfs.wait.Interruption;
import org.caisson.vfs.wait.ReadinessListener;
import org.caisson.vfs.wait.SleepQueue;
import org.caisson.vfs.wait.Sleeper;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/**
 * An inotify instance, see inotify(7): watches on files and directories, and the events that happened to them. As any description it may
 * be made not to block, waited for, and shared by several descriptors.
 */
public final class Inotify extends FileDescription {
    /** Of {@code asm-generic/ioctls.h}: how many bytes can be read now, an int. */
    public static final int FIONREAD = 0x541B;

    private static final int READABLE = POLLIN | POLLRDNORM;

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
    private final WaitQueue listeners = new WaitQueue();

    // Under the monitor.
    private final ArrayDeque<InotifyEvent> events = new ArrayDeque<>();
    private final Map<Integer, Watch> watches = new HashMap<>();
    private final SleepQueue readers = new SleepQueue();
    private int lastNumber;
    private int queuedBytes;
    private boolean overflowQueued;
    private boolean closed;

    private Inotify(InotifyAccounts accounts, Credentials credentials, int flags) {
        super(accounts.place(), credentials, flags);
        this.accounts = accounts;
        uid = credentials.uid();
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
        return new Inotify(accounts, credentials, flags & InotifyFlags.IN_NONBLOCK);
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
        readers.wakeAll();
    }

    /** Tells who polls, without the monitor. Locks of the file system are held. */
    private void announce() {
        listeners.announce(READABLE);
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
    @Override
    public long read(MemorySegment target) throws ErrnoException {
        return read(target, null);
    }

    @Override
    public long read(MemorySegment target, @Nullable Interruption interruption) throws ErrnoException {
        while (true) {
            Sleeper sleeper;
            synchronized (this) {
                if (!events.isEmpty()) {
                    return takeInto(target);
                }
                if (closed) {
                    throw Errno.EBADF.exception();
                }
                if ((flags() & OpenFlags.O_NONBLOCK) != 0) {
                    throw Errno.EAGAIN.exception();
                }
                sleeper = readers.join();
            }
            if (!sleeper.sleep(interruption)) {
                synchronized (this) {
                    readers.leave(sleeper);
                }
                throw Errno.EINTR.exception();
            }
        }
    }

    private long takeInto(MemorySegment target) throws ErrnoException {
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

    @Override
    public long read(List<MemorySegment> targets) throws ErrnoException {
        return read(targets, null);
    }

    /** Each buffer is filled as by a call of its own, until one is not filled. */
    @Override
    public long read(List<MemorySegment> targets, @Nullable Interruption interruption) throws ErrnoException {
        long total = 0;
        for (MemorySegment target : targets) {
            long count;
            try {
                count = read(target, interruption);
            } catch (ErrnoException e) {
                if (total != 0) {
                    return total;
                }
                throw e;
            }
            total += count;
            if (count != target.byteSize()) {
                break;
            }
        }
        return total;
    }

    @Override
    public long read(MemorySegment target, long at, long length, long offset) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    @Override
    public long read(List<MemorySegment> targets, long offset) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    @Override
    public long write(MemorySegment source) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public long write(MemorySegment source, long at, long length, long offset) throws ErrnoException {
        throw Errno.ESPIPE.exception();
    }

    /** Succeeds and moves nothing. */
    @Override
    public long seek(long offset, int whence) {
        return 0;
    }

    @Override
    public void allocate(int mode, long offset, long length) throws ErrnoException {
        throw Errno.EBADF.exception();
    }

    @Override
    public void stat(Stat out) {
        accounts.statInstance(out);
        out.seenThrough(place().mount(), place().dentry());
    }

    @Override
    public void setStat(SetStat change) throws ErrnoException {
        throw change.has(SetStat.SIZE) ? Errno.EINVAL.exception() : Errno.EOPNOTSUPP.exception();
    }

    /** FIONREAD; all else is ENOTTY. */
    @Override
    public long ioctl(int command, MemorySegment argument) throws ErrnoException {
        if (command != FIONREAD) {
            throw Errno.ENOTTY.exception();
        }
        argument.set(ValueLayout.JAVA_INT_UNALIGNED, 0, available());
        return 0;
    }

    /** The next event, as read(2) would give it; null if there is none now. */
    public synchronized @Nullable InotifyEvent poll() {
        return take();
    }

    /** How many bytes can be read now (FIONREAD). */
    public synchronized int available() {
        return queuedBytes;
    }

    @Override
    public synchronized int readiness() {
        return events.isEmpty() ? 0 : READABLE;
    }

    /** The listener is called while the locks of what happened are held: it may only note that, or wake somebody. */
    @Override
    public WaitQueue.Registration listen(int wanted, boolean once, ReadinessListener listener) {
        return listeners.listen(wanted, once, listener);
    }

    /** All watches end. */
    @Override
    protected void onRelease() {
        synchronized (this) {
            closed = true;
            for (Watch watch : watches.values()) {
                forget(watch);
            }
            watches.clear();
            events.clear();
            queuedBytes = 0;
            readers.wakeAll();
        }
        accounts.removeInstance(uid);
    }
}
