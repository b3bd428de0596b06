package org.caisson.nio;

import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.Watchable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A watched directory. */
final class CaissonWatchKey implements WatchKey {
    /** With more pending, all are dropped for one that says so. */
    private static final int MOST_EVENTS = 512;

    private final CaissonWatchService service;
    private final CaissonPath directory;
    private final int watch;

    private volatile boolean valid = true;

    // Under the monitor.
    private List<WatchedEvent<?>> events = new ArrayList<>();
    /** The pending modifications that nothing else has happened to since, by name. */
    private final Map<Path, WatchedEvent<?>> modifications = new HashMap<>();

    private boolean signalled;

    CaissonWatchKey(CaissonWatchService service, CaissonPath directory, int watch) {
        this.service = service;
        this.directory = directory;
        this.watch = watch;
    }

    /** The watch descriptor. */
    int watch() {
        return watch;
    }

    /** There will be no more events: the directory is gone, or the key was cancelled. */
    void invalidate() {
        valid = false;
    }

    /** Puts the key into the queue of its service unless it is there, or was taken out and not reset. */
    synchronized void signal() {
        if (!signalled) {
            signalled = true;
            service.enqueue(this);
        }
    }

    synchronized void overflow() {
        WatchedEvent<?> last = events.isEmpty() ? null : events.getLast();
        if (last != null && last.kind() == StandardWatchEventKinds.OVERFLOW) {
            last.repeat();
            return;
        }
        events.clear();
        modifications.clear();
        events.add(new WatchedEvent<>(StandardWatchEventKinds.OVERFLOW, null));
        signal();
    }

    synchronized void add(WatchEvent.Kind<Path> kind, Path name) {
        WatchedEvent<?> known = repeated(kind, name);
        if (known != null) {
            known.repeat();
            return;
        }
        if (events.size() >= MOST_EVENTS) {
            overflow();
            return;
        }
        WatchedEvent<?> event = new WatchedEvent<>(kind, name);
        if (kind == StandardWatchEventKinds.ENTRY_MODIFY) {
            modifications.put(name, event);
        } else {
            modifications.remove(name);
        }
        events.add(event);
        signal();
    }

    private @Nullable WatchedEvent<?> repeated(WatchEvent.Kind<Path> kind, Path name) {
        WatchedEvent<?> last = events.isEmpty() ? null : events.getLast();
        if (last != null
                && (last.kind() == StandardWatchEventKinds.OVERFLOW
                        || (last.kind() == kind && name.equals(last.context())))) {
            return last;
        }
        return kind == StandardWatchEventKinds.ENTRY_MODIFY ? modifications.get(name) : null;
    }

    @Override
    public boolean isValid() {
        service.drain();
        return valid;
    }

    @Override
    public List<WatchEvent<?>> pollEvents() {
        service.drain();
        synchronized (this) {
            List<WatchEvent<?>> taken = new ArrayList<>(events);
            events = new ArrayList<>();
            modifications.clear();
            return taken;
        }
    }

    @Override
    public boolean reset() {
        service.drain();
        synchronized (this) {
            if (signalled && valid) {
                if (events.isEmpty()) {
                    signalled = false;
                } else {
                    service.enqueue(this);
                }
            }
            return valid;
        }
    }

    @Override
    public void cancel() {
        service.cancel(this);
    }

    @Override
    public Watchable watchable() {
        return directory;
    }
}
