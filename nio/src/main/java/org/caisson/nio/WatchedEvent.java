package org.caisson.nio;

import java.nio.file.WatchEvent;
import org.jspecify.annotations.Nullable;

/** Something that happened in a watched directory, once or more often. */
final class WatchedEvent<T> implements WatchEvent<T> {
    private final WatchEvent.Kind<T> kind;
    private final @Nullable T context;

    /** Written under the monitor of the key. */
    private volatile int count = 1;

    WatchedEvent(WatchEvent.Kind<T> kind, @Nullable T context) {
        this.kind = kind;
        this.context = context;
    }

    void repeat() {
        count++;
    }

    @Override
    public WatchEvent.Kind<T> kind() {
        return kind;
    }

    @Override
    public @Nullable T context() {
        return context;
    }

    @Override
    public int count() {
        return count;
    }
}
