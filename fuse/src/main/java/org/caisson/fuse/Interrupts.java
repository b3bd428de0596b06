package org.caisson.fuse;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.caisson.linux.ErrnoException;
import org.caisson.linux.FileCalls;
import org.caisson.linux.ProcessCalls;

/** Which thread serves which request, so that an INTERRUPT finds and interrupts it, and which are slow. */
final class Interrupts {
    private static final long NOTHING = 0;
    private static final long INTERRUPTING = -1;
    private static final long INTERRUPTED = -2;

    /** After so many looks a request is slow although its thread is at work. */
    private static final int LONG_LOOKS = 10;
    /** Of so many requests more than one is a forget when files are removed one after the other. */
    private static final int FORGETS_SHARE = 5;

    private final List<Seat> seats = new CopyOnWriteArrayList<>();

    // Used by who looks.
    private long counted;
    private long countedForgets;
    private boolean news;
    private boolean manyForgets;

    /** One thread's place. Its value is the number of the request, or one of the three states above. */
    final class Seat extends AtomicLong {
        private static final long serialVersionUID = 1;

        private final transient Thread thread;

        /** How many requests were begun. Written by the thread. */
        private final AtomicLong begun = new AtomicLong();

        /** How many of these were forgets. Written by the thread. */
        private final AtomicLong forgets = new AtomicLong();

        /** The kernel's number for the thread. */
        private final int number;

        // What the looks saw: a request, and how often in a row.
        private long seen;
        private int times;

        private Seat(Thread thread, int number) {
            this.thread = thread;
            this.number = number;
        }

        /** The thread may look next whether somebody sleeps who is to be told of this. */
        void begin(long unique) {
            begun.lazySet(begun.getPlain() + 1);
            set(unique);
        }

        /** What was begun is a forget. */
        void wasForget() {
            forgets.lazySet(forgets.getPlain() + 1);
        }

        /** From here on no interrupt meant for the request arrives; one that came is gone, which is what this returns. */
        boolean end(long unique) {
            if (compareAndSet(unique, NOTHING)) {
                return false;
            }
            while (get() == INTERRUPTING) {
                Thread.onSpinWait();
            }
            boolean ignored = Thread.interrupted();
            set(NOTHING);
            return true;
        }

        void leave() {
            seats.remove(this);
        }

        /** Whether the thread serves what it served at the last look and waits meanwhile, or has been at it for long. */
        private boolean isSlow() {
            long now = get();
            times = now != NOTHING && now == seen ? times + 1 : 0;
            seen = now;
            return times >= LONG_LOOKS || (times > 0 && waits());
        }

        /** Whether the thread waits, and has not just lost its processor to others; see proc_pid_stat(5). */
        private boolean waits() {
            try {
                byte[] stat = FileCalls.readFile("/proc/self/task/" + number + "/stat");
                int end = stat.length - 1;
                while (end > 0 && stat[end] != ')') {
                    end--;
                }
                return end + 2 >= stat.length || stat[end + 2] != 'R';
            } catch (ErrnoException e) {
                return true;
            }
        }

        private boolean interrupt(long unique) {
            if (!compareAndSet(unique, INTERRUPTING)) {
                return false;
            }
            thread.interrupt();
            set(INTERRUPTED);
            return true;
        }
    }

    /** A place for the thread that calls this. */
    Seat seat() {
        Thread thread = Thread.currentThread();
        Seat seat = new Seat(thread, ProcessCalls.gettid());
        seats.add(seat);
        return seat;
    }

    /** Whether a thread is slow to serve what it served at the last look. Only one thread looks. */
    boolean look() {
        boolean slow = false;
        long total = 0;
        long forgets = 0;
        for (Seat seat : seats) {
            slow |= seat.isSlow();
            total += seat.begun.get();
            forgets += seat.forgets.get();
        }
        news = total != counted;
        manyForgets = forgets - countedForgets > Math.max(1, (total - counted) / FORGETS_SHARE);
        counted = total;
        countedForgets = forgets;
        return slow;
    }

    /** Whether the last look has found that something was begun since the one before. */
    boolean hasNews() {
        return news;
    }

    /** Whether, between the last two looks, a good part of what was begun was forgets. */
    boolean areManyForgets() {
        return manyForgets;
    }

    /** Interrupts the thread that serves a request; false if none does. */
    boolean interrupt(long unique) {
        if (unique <= NOTHING) {
            return false;
        }
        for (Seat seat : seats) {
            if (seat.interrupt(unique)) {
                return true;
            }
        }
        return false;
    }
}
