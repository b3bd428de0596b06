package org.caisson.nio;

import java.nio.file.WatchEvent;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Something that happened in a watched directory, once or more often. */
final class WatchedEvent<T> implements WatchEvent<T> {
    private final WatchEvent.Kind<T> kind;
    private final @Nullable T context;

    private final AtomicInteger count = new AtomicInteger(1);

    WatchedEvent(WatchEvent.Kind<T> kind, @Nullable T context) {
        this.kind = kind;
        this.context = context;
    }

    void repeat() {
        count.incrementAndGet();
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
        return count.get();
    }
}
