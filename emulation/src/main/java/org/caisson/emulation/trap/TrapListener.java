package org.caisson.emulation.trap;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.OwnedFd;
import org.caisson.linux.seccomp.SeccompListener;
import org.caisson.linux.seccomp.SeccompNotification;

/** Serves the trapped calls of one filter on threads of its own, until nobody is left under the filter or it is closed. */
public final class TrapListener implements AutoCloseable {
    private static final int POLL_ENTRY = 8;
    /** More than the agent takes for one, or gives up. */
    private static final Duration LONGEST_CALL = Duration.ofSeconds(15);

    private final SeccompListener listener;
    private final TrapTable table;
    private final TrapThreads threads;

    /** Becomes readable when the listener shall end. */
    private final OwnedFd stop;

    /** Takes the listener's descriptor over and starts to serve. */
    public static TrapListener start(OwnedFd descriptor, Emulated emulated) throws ErrnoException {
        SeccompListener listener = new SeccompListener(descriptor);
        try {
            listener.setFlags(SeccompListener.SYNC_WAKE_UP);
        } catch (ErrnoException older) {
            log().log(Level.DEBUG, "the kernel cannot wake the caller at once", older);
        }
        try {
            TrapListener serving = new TrapListener(listener, emulated, FileCalls.eventfd(0, 0));
            serving.threads.start();
            return serving;
        } catch (ErrnoException failure) {
            listener.close();
            throw failure;
        }
    }

    private TrapListener(SeccompListener listener, Emulated emulated, OwnedFd stop) {
        this.listener = listener;
        this.table = new TrapTable(emulated);
        this.stop = stop;
        this.threads = new TrapThreads(this::run, this::waits);
    }

    /** Whether nobody is left under its filter; then it is closed. */
    public boolean endedAndClosed() {
        boolean ended = threads.areGone();
        if (ended) {
            stop.close();
        }
        return ended;
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            SeccompNotification notification = listener.newNotification(arena);
            MemorySegment entries = arena.allocate(2 * POLL_ENTRY, POLL_ENTRY);
            while (threads.mayLead() && await(entries)) {
                // The caller may be gone already: then there is nothing to serve, and perhaps an end to see.
                if (listener.tryReceive(notification)) {
                    threads.begin(notification.id());
                    serve(notification);
                    threads.end();
                }
            }
        } catch (ErrnoException failure) {
            log().log(Level.WARNING, "the listener for trapped calls has failed", failure);
        } finally {
            threads.leave(listener::close);
        }
    }

    /** Waits for a call; false at the end. */
    private boolean await(MemorySegment entries) throws ErrnoException {
        FileCalls.setPollEntry(entries, 0, listener.descriptor().number(), FileCalls.POLLIN);
        FileCalls.setPollEntry(entries, 1, stop.number(), FileCalls.POLLIN);
        FileCalls.poll(entries, 2, -1);
        return FileCalls.pollResult(entries, 1) == 0
                && (FileCalls.pollResult(entries, 0) & (FileCalls.POLLHUP | FileCalls.POLLERR)) == 0;
    }

    /** A call that cannot be answered must not keep others from theirs. */
    private void serve(SeccompNotification notification) {
        try {
            answer(notification);
        } catch (FileRights.Lost lost) {
            throw lost;
        } catch (ErrnoException | RuntimeException | Error fault) {
            log().log(Level.ERROR, "the answer to a trapped call could not be given", fault);
        }
    }

    private void answer(SeccompNotification notification) throws ErrnoException {
        long id = notification.id();
        TrapHandler handler = table.handler(notification.syscall());
        try (WaitingCall call = new WaitingCall(listener, notification)) {
            long answer = handler == null ? TrapHandler.CONTINUE : handler.handle(call);
            if (answer == TrapHandler.CONTINUE) {
                listener.proceed(id);
            } else if (answer != TrapHandler.ANSWERED) {
                listener.respond(id, answer, 0);
            }
        } catch (ErrnoException errno) {
            listener.fail(id, errno.errno());
        } catch (FileRights.Lost lost) {
            listener.fail(id, Errno.EIO);
            throw lost;
        } catch (RuntimeException | Error fault) {
            log().log(Level.ERROR, "a trapped call could not be answered", fault);
            listener.fail(id, Errno.EIO);
        }
    }

    private boolean waits(long call) {
        try {
            return listener.isValid(call);
        } catch (ErrnoException unknown) {
            return true;
        }
    }

    /** Stops serving; who waits or comes later gets ENOSYS. */
    @Override
    public void close() {
        if (endedAndClosed()) {
            return;
        }
        threads.endAll();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocate(Long.BYTES);
            one.set(ValueLayout.JAVA_LONG, 0, 1);
            FileCalls.write(stop.number(), one);
            long deadline = System.nanoTime() + LONGEST_CALL.toNanos();
            for (Thread thread : threads.list()) {
                if (!thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))) {
                    log().log(
                                    Level.WARNING,
                                    "the listener for trapped calls still waits for something in its container");
                    return;
                }
            }
        } catch (ErrnoException failure) {
            log().log(Level.WARNING, "the listener for trapped calls cannot be stopped", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        stop.close();
    }

    /** Looked up when there is something to say: the first logger of a JVM costs milliseconds. */
    private static System.Logger log() {
        return System.getLogger(TrapListener.class.getName());
    }
}
