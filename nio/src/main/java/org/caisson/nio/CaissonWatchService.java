package org.caisson.nio;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.InotifyFlags;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.Name;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.notify.Inotify;
import org.caisson.vfs.notify.InotifyEvent;
import org.jspecify.annotations.Nullable;

/**
 * Watches directories by inotify(7). No thread waits for events: who asks takes out what is there, so that a change is seen by whoever
 * asks after it.
 */
final class CaissonWatchService implements WatchService {
    private static final int CREATION = InotifyFlags.IN_CREATE | InotifyFlags.IN_MOVED_TO;
    private static final int DELETION = InotifyFlags.IN_DELETE | InotifyFlags.IN_MOVED_FROM;
    private static final int MODIFICATION = InotifyFlags.IN_MODIFY | InotifyFlags.IN_ATTRIB;

    private final CaissonFileSystem system;
    private final Inotify inotify;
    private final OpenResources.Entry entry;

    /** Has a permit if something may have happened since one was taken. */
    private final Semaphore news;

    /** The keys that are signalled, first come first served. */
    private final Queue<CaissonWatchKey> signalled = new ConcurrentLinkedQueue<>();

    // Under the monitor.
    private final Map<Integer, CaissonWatchKey> keys = new HashMap<>();
    private boolean closed;

    private CaissonWatchService(CaissonFileSystem system, Inotify inotify, Semaphore news) {
        this.system = system;
        this.inotify = inotify;
        this.news = news;
        this.entry = system.resources().add(this, inotify::close);
    }

    static CaissonWatchService open(CaissonFileSystem system) throws IOException {
        try {
            Inotify inotify = Inotify.open(system.inotifyAccounts(), system.credentials(), InotifyFlags.IN_NONBLOCK);
            Semaphore news = new Semaphore(0);
            inotify.listen(FileDescription.POLLIN, false, events -> tell(news));
            return new CaissonWatchService(system, inotify, news);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EMFILE) {
                throw new IOException("User limit of inotify instances reached or too many open files", e);
            }
            throw Failures.ofOpenFile(e);
        }
    }

    private static void tell(Semaphore news) {
        if (news.availablePermits() == 0) {
            news.release();
        }
    }

    WatchKey register(CaissonPath directory, WatchEvent.Kind<?>[] kinds, WatchEvent.Modifier... modifiers)
            throws IOException {
        if (directory.getFileSystem() != system) {
            throw new ProviderMismatchException();
        }
        int mask = mask(kinds);
        for (WatchEvent.Modifier modifier : modifiers) {
            // How eagerly to poll, which is not done.
            if (!Objects.requireNonNull(modifier, "modifier is null").name().matches("HIGH|MEDIUM|LOW")) {
                throw new UnsupportedOperationException("Modifier not supported");
            }
        }
        synchronized (this) {
            requireOpen();
            int watch = watch(directory, mask | InotifyFlags.IN_ONLYDIR);
            return keys.computeIfAbsent(watch, number -> new CaissonWatchKey(this, directory, number));
        }
    }

    private static int mask(WatchEvent.Kind<?>[] kinds) {
        int mask = 0;
        for (WatchEvent.Kind<?> kind : kinds) {
            if (Objects.requireNonNull(kind, "kind is null") == StandardWatchEventKinds.ENTRY_CREATE) {
                mask |= CREATION;
            } else if (kind == StandardWatchEventKinds.ENTRY_DELETE) {
                mask |= DELETION;
            } else if (kind == StandardWatchEventKinds.ENTRY_MODIFY) {
                mask |= MODIFICATION;
            } else if (kind != StandardWatchEventKinds.OVERFLOW) {
                throw new UnsupportedOperationException(kind.name());
            }
        }
        if (mask == 0) {
            throw new IllegalArgumentException("No events to register");
        }
        return mask;
    }

    private int watch(CaissonPath directory, int mask) throws IOException {
        FileReference file = FileReference.of(directory);
        PathOperation operation = file.aim(true);
        try {
            return inotify.addWatch(system.vfs(), system.credentials(), operation, mask);
        } catch (ErrnoException e) {
            throw switch (e.errno()) {
                case ENOTDIR -> new NotDirectoryException(directory.toString());
                case ENOSPC -> new IOException("User limit of inotify watches reached", e);
                default -> file.failure(e);
            };
        } finally {
            file.done(operation);
        }
    }

    /** Takes out what has happened and gives it to the keys. */
    synchronized void drain() {
        for (InotifyEvent event = inotify.poll(); event != null; event = inotify.poll()) {
            hand(event);
        }
    }

    private void hand(InotifyEvent event) {
        if ((event.mask() & InotifyFlags.IN_Q_OVERFLOW) != 0) {
            keys.values().forEach(CaissonWatchKey::overflow);
            return;
        }
        CaissonWatchKey key = keys.get(event.watch());
        if (key == null) {
            return;
        }
        if ((event.mask() & InotifyFlags.IN_IGNORED) != 0) {
            keys.remove(event.watch());
            key.invalidate();
            key.signal();
            return;
        }
        Name name = event.name();
        WatchEvent.Kind<Path> kind = kind(event.mask());
        if (name != null && kind != null) {
            key.add(kind, CaissonPath.of(system, name.toByteArray()));
        }
    }

    private static WatchEvent.@Nullable Kind<Path> kind(int mask) {
        if ((mask & CREATION) != 0) {
            return StandardWatchEventKinds.ENTRY_CREATE;
        }
        if ((mask & DELETION) != 0) {
            return StandardWatchEventKinds.ENTRY_DELETE;
        }
        return (mask & MODIFICATION) != 0 ? StandardWatchEventKinds.ENTRY_MODIFY : null;
    }

    void enqueue(CaissonWatchKey key) {
        signalled.add(key);
        tell(news);
    }

    void cancel(CaissonWatchKey key) {
        synchronized (this) {
            if (keys.remove(key.watch(), key)) {
                key.invalidate();
                try {
                    inotify.removeWatch(key.watch());
                } catch (ErrnoException e) {
                    // It is gone with its directory.
                }
            }
        }
    }

    @Override
    public @Nullable WatchKey poll() {
        synchronized (this) {
            requireOpen();
            drain();
            return next();
        }
    }

    /** The first key; whoever waits for another is told if there is one. */
    private @Nullable CaissonWatchKey next() {
        CaissonWatchKey key = signalled.poll();
        if (!signalled.isEmpty()) {
            tell(news);
        }
        return key;
    }

    @Override
    public @Nullable WatchKey poll(long timeout, TimeUnit unit) throws InterruptedException {
        long deadline = System.nanoTime() + unit.toNanos(timeout);
        WatchKey key = poll();
        while (key == null && news.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            key = pollOrPassOn();
        }
        return key;
    }

    @Override
    public WatchKey take() throws InterruptedException {
        WatchKey key = poll();
        while (key == null) {
            news.acquire();
            key = pollOrPassOn();
        }
        return key;
    }

    /** That it was closed is news for everybody who waits. */
    private @Nullable WatchKey pollOrPassOn() {
        try {
            return poll();
        } catch (ClosedWatchServiceException e) {
            tell(news);
            throw e;
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ClosedWatchServiceException();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            keys.values().forEach(CaissonWatchKey::invalidate);
            keys.clear();
        }
        entry.close();
        tell(news);
    }
}
