package org.caisson.fuse;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Which thread serves which request, so that an INTERRUPT finds and interrupts it. */
final class Interrupts {
    private static final long NOTHING = 0;
    private static final long INTERRUPTING = -1;
    private static final long INTERRUPTED = -2;

    private final List<Seat> seats = new CopyOnWriteArrayList<>();

    /** One thread's place. Its value is the number of the request, or one of the three states above. */
    final class Seat extends AtomicLong {
        private static final long serialVersionUID = 1;

        private final transient Thread thread;

        private Seat(Thread thread) {
            this.thread = thread;
        }

        void begin(long unique) {
            setRelease(unique);
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

        private boolean interrupt(long unique) {
            if (!compareAndSet(unique, INTERRUPTING)) {
                return false;
            }
            thread.interrupt();
            set(INTERRUPTED);
            return true;
        }
    }

    Seat seat(Thread thread) {
        Seat seat = new Seat(thread);
        seats.add(seat);
        return seat;
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
