package org.caisson.nio;

import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What is open in a file system and is closed with it: channels, directory streams, watch services. What nobody holds any more is too. */
final class OpenResources {
    private static final Cleaner CLEANER = Cleaner.create();

    private final Set<Entry> entries = ConcurrentHashMap.newKeySet();

    /**
     * Notes something open.
     *
     * @param resource what the user holds
     * @param action lets go of what is behind it, without a reference to it
     */
    Entry add(Closeable resource, Runnable action) {
        Entry entry = new Entry(this, new WeakReference<>(resource), action);
        entries.add(entry);
        entry.cleanable = CLEANER.register(resource, entry);
        return entry;
    }

    void closeAll() throws IOException {
        for (Entry entry : List.copyOf(entries)) {
            Closeable resource = entry.resource.get();
            if (resource != null) {
                resource.close();
            }
        }
    }

    /** One of them. */
    static final class Entry implements Runnable {
        private final OpenResources owner;
        private final WeakReference<Closeable> resource;
        private final Runnable action;

        private Cleaner.Cleanable cleanable = () -> {};

        private Entry(OpenResources owner, WeakReference<Closeable> resource, Runnable action) {
            this.owner = owner;
            this.resource = resource;
            this.action = action;
        }

        /** Runs the action, at the first call. */
        void close() {
            cleanable.clean();
        }

        @Override
        public void run() {
            owner.entries.remove(this);
            action.run();
        }
    }
}
