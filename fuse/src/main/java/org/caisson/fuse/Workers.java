package org.caisson.fuse;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.fuse.protocol.FuseInterruptIn;
import org.caisson.fuse.protocol.Opcode;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.jspecify.annotations.Nullable;

/**
 * The threads that read the device. They are platform threads, for a blocking system call would pin a virtual one's carrier.
 *
 * <p>As a rule one reads and serves ({@link Readers}). Once a request was found to take long ({@link Lookout}) another reads while one is
 * served, so that no request which waits keeps others, or its own INTERRUPT, from being seen: when the last reader takes a request another
 * thread is called or started, to a limit. Beyond it the last reader only takes in: it serves what cannot wait (INTERRUPT and the
 * forgets) and puts everything else into the {@link Backlog}, from which the others go on when they are done.
 */
final class Workers {
    private static final int EINTR = -Errno.EINTR.number();
    private static final int EAGAIN = -Errno.EAGAIN.number();

    private final String name;
    private final ServedTree tree;
    private final int maxData;
    private final Connection connection;
    private final Dispatcher dispatcher;
    private final Interrupts interrupts;
    private final int limit;

    private final Readers readers;

    /** Null where there is one processor: who looks keeps it from who would ask. */
    private final @Nullable BusyPoll polling = Runtime.getRuntime().availableProcessors() > 1 ? new BusyPoll() : null;

    private final Lookout lookout;

    /** Made when it is first needed, under this object's monitor. */
    private volatile @Nullable Backlog backlog;

    // Guarded by this object's monitor; under it only the backlog's is taken.
    private final List<Thread> threads = new ArrayList<>();
    private int running;
    private boolean ending;
    private boolean ended;

    Workers(
            String name,
            ServedTree tree,
            int maxData,
            Connection connection,
            Dispatcher dispatcher,
            Interrupts interrupts,
            int most,
            int limit) {
        this.name = name;
        this.tree = tree;
        this.maxData = maxData;
        this.connection = connection;
        this.dispatcher = dispatcher;
        this.interrupts = interrupts;
        this.limit = limit;
        this.readers = new Readers(most);
        this.lookout = new Lookout(name + "-lookout", this::look);
    }

    /** Starts a reader, and one that rests until it is needed, when there may be no more memory or threads. */
    void start() throws ErrnoException {
        startOne();
        if (limit > 1) {
            startOne();
            lookout.start();
        }
    }

    /** Starts one more reader; false if there are enough. What fails, also for want of memory or threads, leaves all as it was. */
    private synchronized boolean startOne() throws ErrnoException {
        if (ending || threads.size() >= limit) {
            return false;
        }
        Exchange exchange = new Exchange(tree, maxData);
        boolean started = false;
        try {
            Thread thread = new Thread(() -> run(exchange), name + "-" + (threads.size() + 1));
            thread.setDaemon(true);
            threads.add(thread);
            running++;
            readers.join();
            // OutOfMemoryError at the limit of threads, as of setrlimit(2) or a pids cgroup
            thread.start();
            started = true;
        } finally {
            if (!started) {
                threads.removeLast();
                running--;
                readers.leave();
                exchange.close();
            }
        }
        return true;
    }

    private void run(Exchange exchange) {
        try {
            Interrupts.Seat seat = interrupts.seat();
            try {
                serveAll(exchange, seat);
            } finally {
                seat.leave();
            }
        } finally {
            exchange.close();
            leave();
        }
    }

    private void serveAll(Exchange x, Interrupts.Seat seat) {
        boolean grows = limit > 1;
        Readers.Place place = new Readers.Place(Thread.currentThread());
        while (true) {
            if (grows) {
                readers.restIfEnough(place, this);
            }
            int length = grows ? takeWaiting(x) : 0;
            if (length == 0) {
                lookFirst(x);
                length = connection.receive(x.in);
                if (length == Connection.ENDED) {
                    return;
                }
                if (length == Connection.NOTHING || (grows && !readers.leaveOthers() && !mayServe(x, length))) {
                    continue;
                }
            }
            serve(x, seat, length);
            if (grows) {
                readers.join();
            }
        }
    }

    /** Looks for a request before it sleeps, unless another thread would wake for it. */
    private void lookFirst(Exchange x) {
        BusyPoll looks = polling;
        if (looks != null && readers.isOneWanted() && looks.isDue()) {
            // What is received then overwrites what this writes.
            looks.look(connection, x.in);
        }
    }

    /** What the last reader does with a request; whether to serve it, and read no more until then. */
    private boolean mayServe(Exchange x, int length) {
        if (!readers.areCareful()) {
            readers.leave();
            return true;
        }
        return relieved() || !takenIn(x, length);
    }

    private void serve(Exchange x, Interrupts.Seat seat, int length) {
        long unique = x.peekUnique(length);
        seat.begin(unique);
        lookout.wakeIfAsleep();
        int result = dispatcher.dispatch(x, length);
        boolean interrupted = seat.end(unique);
        if (result != Exchange.NO_REPLY) {
            connection.reply(x.out, unique, result);
        } else if (x.opcode == Opcode.FORGET || x.opcode == Opcode.BATCH_FORGET) {
            seat.wasForget();
        } else if (interrupted) {
            dispatcher.interruptWaiting(unique);
        }
    }

    /** The last reader reads no more if another thread can be had to read. */
    private boolean relieved() {
        if (!oneMore()) {
            return false;
        }
        readers.leave();
        return true;
    }

    /** Has one more thread read, if one can be had. */
    private boolean oneMore() {
        try {
            return readers.call() || startOne();
        } catch (Throwable e) {
            complain("cannot start one more FUSE thread", e);
            return false;
        }
    }

    /** The {@link Lookout}'s: whether anything is served, or was since the last time. */
    private boolean look() {
        boolean slow = interrupts.look();
        BusyPoll looks = polling;
        boolean neverSleeps = looks != null && looks.pays();
        if (readers.adapt(slow, connection.hasRequest(), interrupts.areManyForgets() && !neverSleeps)) {
            boolean ignored = oneMore();
        }
        return interrupts.hasNews() || (slow && readers.areNone());
    }

    /** Whether there are requests in the backlog. */
    boolean hasWaiting() {
        Backlog waiting = backlog;
        return waiting != null && !waiting.isEmpty();
    }

    /**
     * The oldest request that waits, for this thread to serve; 0 if there is none or nobody would read then.
     *
     * <p>Nothing is left lying: who adds a request while others come to read either is seen by one of them or sees it, for both first
     * tell (in the backlog, in the count of the readers) and then look.
     */
    private int takeWaiting(Exchange x) {
        Backlog waiting = backlog;
        if (waiting == null || waiting.isEmpty() || !readers.leaveOthers()) {
            return 0;
        }
        int length = waiting.take(x.in);
        if (length == 0) {
            readers.join();
        }
        return length;
    }

    /**
     * What the last reader does with a request: serves it at once if that does not wait, else leaves it to the others. False if there
     * are no others: then it is to be served as ever.
     */
    private boolean takenIn(Exchange x, int length) {
        Backlog waiting = backlog();
        if (waiting == null) {
            readers.leave();
            return false;
        }
        switch (x.peekOpcode(length)) {
            case Opcode.FORGET, Opcode.BATCH_FORGET -> dispatcher.dispatch(x, length);
            case Opcode.INTERRUPT -> interrupt(x, length, waiting);
            default -> {
                if (!waiting.add(x.in, length)) {
                    connection.reply(x.out, x.peekUnique(length), EAGAIN);
                }
                boolean ignored = readers.call();
            }
        }
        return true;
    }

    private void interrupt(Exchange x, int length, Backlog waiting) {
        if (length >= Exchange.ARGUMENT + FuseInterruptIn.SIZE) {
            long unique = FuseInterruptIn.unique(x.in, Exchange.ARGUMENT);
            if (waiting.withdraw(unique)) {
                connection.reply(x.out, unique, EINTR);
                return;
            }
        }
        long unique = x.peekUnique(length);
        int result = dispatcher.dispatch(x, length);
        if (result != Exchange.NO_REPLY) {
            connection.reply(x.out, unique, result);
        }
    }

    /** The backlog; null if no other thread runs that would serve it. */
    private synchronized @Nullable Backlog backlog() {
        if (running < 2) {
            return null;
        }
        Backlog present = backlog;
        if (present == null) {
            present = new Backlog();
            backlog = present;
        }
        return present;
    }

    /** The last thread to end closes the device: before that its number could be read after another file has got it. */
    private void leave() {
        Backlog waiting = backlog;
        if (waiting != null) {
            waiting.clear();
        }
        boolean last;
        synchronized (this) {
            ending = true;
            running--;
            last = running == 0;
        }
        readers.end();
        if (last) {
            lookout.end();
            finish();
        }
    }

    private void finish() {
        try {
            tree.releaseAll();
        } finally {
            connection.close();
            synchronized (this) {
                ended = true;
                notifyAll();
            }
        }
    }

    /**
     * Waits until all threads have ended, the device is closed and all files are released, interrupting who serves a request; false
     * if one does not end. The device must have been told to end.
     */
    boolean awaitEnd(long timeoutMillis) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        List<Thread> all;
        boolean none;
        synchronized (this) {
            none = running == 0 && !ending;
            ending = true;
            all = List.copyOf(threads);
        }
        readers.end();
        lookout.end();
        if (none) {
            finish();
        }
        for (Thread thread : all) {
            thread.interrupt();
        }
        boolean interrupted = false;
        while (true) {
            try {
                boolean done = awaitFinish(deadline);
                if (done) {
                    join(all, deadline);
                    join(List.of(lookout.thread()), deadline);
                }
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return done;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    /** Waits until all threads have ended of themselves and the device is closed. */
    synchronized void awaitEnd() throws InterruptedException {
        while (!ended) {
            wait();
        }
    }

    private static void join(List<Thread> all, long deadline) throws InterruptedException {
        for (Thread thread : all) {
            if (thread != Thread.currentThread()) {
                thread.join(Math.max(1, millisUntil(deadline)));
            }
        }
    }

    private synchronized boolean awaitFinish(long deadline) throws InterruptedException {
        for (long left = millisUntil(deadline); !ended && left > 0; left = millisUntil(deadline)) {
            wait(left);
        }
        return ended;
    }

    private static long millisUntil(long deadline) {
        return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    }

    /** What is wrong with this process (no memory, no threads) may also keep it from being told; no request suffers for that. */
    private static void complain(String what, Throwable why) {
        try {
            // Looked up when there is something to say: the first logger of a JVM costs milliseconds.
            System.getLogger(Workers.class.getName()).log(Level.WARNING, what, why);
        } catch (Throwable untold) {
            // There is nobody else to tell.
        }
    }
}
