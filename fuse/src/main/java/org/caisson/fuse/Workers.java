package org.caisson.fuse;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.caisson.linux.ErrnoException;

/**
 * The threads that read the device. They are platform threads, for a blocking system call would pin a virtual one's carrier.
 * When all of them are busy one more is started, to a limit, so that requests which wait do not keep others (and the INTERRUPT
 * that would end them) from being read.
 */
final class Workers {
    private final String name;
    private final ServedTree tree;
    private final int maxData;
    private final Connection connection;
    private final Dispatcher dispatcher;
    private final Interrupts interrupts;
    private final int limit;

    /** Threads that wait for a request. */
    private final AtomicInteger idle = new AtomicInteger();

    /** Guarded by this object's monitor; no other lock is taken under it. */
    private final List<Thread> threads = new ArrayList<>();

    private int running;
    private boolean ending;

    Workers(
            String name,
            ServedTree tree,
            int maxData,
            Connection connection,
            Dispatcher dispatcher,
            Interrupts interrupts,
            int limit) {
        this.name = name;
        this.tree = tree;
        this.maxData = maxData;
        this.connection = connection;
        this.dispatcher = dispatcher;
        this.interrupts = interrupts;
        this.limit = limit;
    }

    void start(int count) throws ErrnoException {
        for (int i = 0; i < count; i++) {
            startOne();
        }
    }

    private synchronized void startOne() throws ErrnoException {
        if (ending || threads.size() >= limit) {
            return;
        }
        Exchange exchange = new Exchange(tree, maxData);
        Thread thread = new Thread(() -> run(exchange), name + "-" + (threads.size() + 1));
        thread.setDaemon(true);
        threads.add(thread);
        running++;
        idle.incrementAndGet();
        thread.start();
    }

    private void run(Exchange exchange) {
        Interrupts.Seat seat = interrupts.seat(Thread.currentThread());
        try {
            serve(exchange, seat);
        } finally {
            seat.leave();
            exchange.close();
            ended();
        }
    }

    private void serve(Exchange x, Interrupts.Seat seat) {
        boolean grows = limit > 1;
        while (true) {
            int received = connection.receive(x.in);
            if (received == Connection.ENDED) {
                return;
            }
            if (received == Connection.NOTHING) {
                continue;
            }
            if (grows && idle.decrementAndGet() == 0) {
                relieve();
            }
            long unique = x.peekUnique(received);
            seat.begin(unique);
            int result = dispatcher.dispatch(x, received);
            seat.end(unique);
            if (grows) {
                idle.incrementAndGet();
            }
            if (result != Exchange.NO_REPLY) {
                connection.reply(x.out, unique, result);
            }
        }
    }

    /** Nobody waits for a request any more. */
    private void relieve() {
        try {
            startOne();
        } catch (ErrnoException e) {
            log().log(Level.WARNING, "cannot start one more FUSE thread", e);
        }
    }

    /** The last thread to end closes the device: before that its number could be read after another file has got it. */
    private void ended() {
        synchronized (this) {
            ending = true;
            running--;
            notifyAll();
            if (running > 0) {
                return;
            }
        }
        connection.close();
        tree.releaseAll();
    }

    /** Waits until all threads have ended, interrupting those that serve a request; false if some did not. */
    synchronized boolean awaitEnd(long timeoutMillis) {
        ending = true;
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        boolean interrupted = false;
        while (running > 0) {
            for (Thread thread : threads) {
                thread.interrupt();
            }
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                break;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return running == 0;
    }

    /** Looked up when there is something to say: the first logger of a JVM costs milliseconds. */
    private static System.Logger log() {
        return System.getLogger(Workers.class.getName());
    }
}
