package org.caisson.vfs;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** Threads that change something while others look on. */
final class Race {
    /** What a thread does over and over. */
    @FunctionalInterface
    interface Act {
        void run() throws Exception;
    }

    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> movers = new ArrayList<>();
    private final List<Thread> watchers = new ArrayList<>();

    /** Has a thread make so many changes. */
    Race mover(int changes, Act change) {
        movers.add(Thread.ofPlatform()
                .unstarted(() -> attempt(() -> {
                    for (int i = 0; i < changes && failure.get() == null; i++) {
                        change.run();
                    }
                })));
        return this;
    }

    /** Has a thread look for as long as anything changes. */
    Race watcher(Act look) {
        watchers.add(Thread.ofPlatform()
                .unstarted(() -> attempt(() -> {
                    while (!done.get() && failure.get() == null) {
                        look.run();
                    }
                })));
        return this;
    }

    private void attempt(Act act) {
        try {
            act.run();
        } catch (Throwable e) {
            failure.compareAndSet(null, e);
        }
    }

    /** Returns when all changes are made; fails with the first complaint of any thread. */
    void run() throws InterruptedException {
        watchers.forEach(Thread::start);
        movers.forEach(Thread::start);
        for (Thread mover : movers) {
            mover.join();
        }
        done.set(true);
        for (Thread watcher : watchers) {
            watcher.join();
        }
        Throwable complaint = failure.get();
        if (complaint != null) {
            throw new AssertionError(complaint);
        }
    }

    /** One thread changes, two look on. */
    static void of(int changes, Act change, Act look) throws InterruptedException {
        new Race().mover(changes, change).watcher(look).watcher(look).run();
    }
}
