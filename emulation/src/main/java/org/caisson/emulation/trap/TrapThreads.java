package org.caisson.emulation.trap;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The threads that serve one listener. One of them, the leader, receives and serves call after call, which costs no change
 * of threads. Once a call takes long (it may wait for a file system that a caller serves), another thread is made leader,
 * and the old one ends with its call. A caller that is gone does not keep its thread: it is interrupted.
 */
final class TrapThreads {
    private static final int MOST = 16;
    private static final long STACK_BYTES = 512 * 1024;
    private static final long LONG_NANOS = 5_000_000;
    private static final long QUIET_NANOS = 1_000_000_000;
    /** How many looks pass between two questions whether a caller is still there. */
    private static final int LOOKS = 10;

    private final Runnable leading;
    private final LongPredicate waits;

    // All guarded by this.
    private final List<Server> servers = new ArrayList<>();
    private @Nullable Server leader;
    private boolean ending;
    private boolean watched;
    private long lastCall;
    private int looks;

    /**
     * @param leading receives and serves, as long as {@link #mayLead} says so
     * @param waits whether the call with a cookie still waits
     */
    TrapThreads(Runnable leading, LongPredicate waits) {
        this.leading = leading;
        this.waits = waits;
    }

    /** A thread, and what it does. */
    private static final class Server {
        private @Nullable Thread thread;
        private long call;
        /** When the call was received; 0 while there is none. */
        private long since;
    }

    synchronized void start() {
        Server before = leader;
        Server server = new Server();
        servers.add(server);
        leader = server;
        Thread thread = Thread.ofPlatform()
                .name("caisson-trap")
                .daemon()
                .stackSize(STACK_BYTES)
                .unstarted(leading);
        server.thread = thread;
        boolean started = false;
        try {
            thread.start();
            started = true;
        } finally {
            // OutOfMemoryError at the limit of threads: who leads goes on.
            if (!started) {
                servers.remove(server);
                leader = before;
            }
        }
    }

    /** Whether the calling thread is still the one that receives. */
    synchronized boolean mayLead() {
        return !ending && leader != null && leader.thread == Thread.currentThread();
    }

    /** The calling thread has received a call. */
    void begin(long call) {
        boolean begin;
        synchronized (this) {
            Server own = own();
            own.call = call;
            lastCall = System.nanoTime();
            own.since = lastCall;
            begin = !watched;
            watched = true;
        }
        if (begin) {
            Lookout.watch(this);
        }
    }

    /** It has answered. An interrupt that came too late means nobody. */
    synchronized void end() {
        own().since = 0;
        Thread.interrupted();
    }

    /** The calling thread ends. The last closes what all of them use. */
    synchronized void leave(Runnable close) {
        servers.remove(own());
        if (servers.isEmpty()) {
            close.run();
        }
    }

    synchronized boolean areGone() {
        return servers.isEmpty();
    }

    /** Nobody leads any more, and who serves is interrupted. */
    synchronized void endAll() {
        ending = true;
        for (Server server : servers) {
            if (server.since != 0 && server.thread != null) {
                server.thread.interrupt();
            }
        }
    }

    synchronized List<Thread> list() {
        return servers.stream()
                .map(server -> server.thread)
                .filter(thread -> thread != null)
                .toList();
    }

    /** Called every few milliseconds; false if there has been nothing for a while, until {@link #begin} asks again. */
    synchronized boolean look() {
        long now = System.nanoTime();
        boolean busy = false;
        boolean ask = ++looks % LOOKS == 0;
        for (Server server : servers) {
            busy |= server.since != 0;
            if (ask && server.since != 0 && server.thread != null && !waits.test(server.call)) {
                server.thread.interrupt();
            }
        }
        Server present = leader;
        if (!ending
                && present != null
                && present.since != 0
                && now - present.since > LONG_NANOS
                && servers.size() < MOST) {
            start();
        }
        watched = busy || now - lastCall < QUIET_NANOS;
        return watched;
    }

    private Server own() {
        Thread thread = Thread.currentThread();
        for (Server server : servers) {
            if (server.thread == thread) {
                return server;
            }
        }
        throw new IllegalStateException("not one of these threads: " + thread);
    }
}
