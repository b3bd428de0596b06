package org.caisson.vfs.wait;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who is to be told when a file becomes ready: the ground of poll(2), epoll(7) and FUSE_POLL. Announcing takes no lock, and costs one
 * read when nobody listens. Safe for any thread.
 */
public final class WaitQueue {
    /** POLLERR and POLLHUP, which are told even to who did not ask. */
    public static final int ALWAYS = 0x18;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Registration.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Null if nobody listens; else never changed, but replaced under this object's monitor. */
    private volatile Registration @Nullable [] registrations;

    /** Nobody listens. */
    public WaitQueue() {}

    /**
     * Adds a listener.
     *
     * @param events the {@code POLL} bits of interest; {@link #ALWAYS} is added
     * @param once whether the first event ends it
     */
    public Registration listen(int events, boolean once, ReadinessListener listener) {
        Registration made = new Registration(this, events | ALWAYS, once, listener);
        synchronized (this) {
            Registration[] present = registrations;
            Registration[] more;
            if (present == null) {
                more = new Registration[] {made};
            } else {
                more = Arrays.copyOf(present, present.length + 1);
                more[present.length] = made;
            }
            registrations = more;
        }
        return made;
    }

    /** Whether nobody listens. */
    public boolean isEmpty() {
        return registrations == null;
    }

    /** Tells those whom some of the events concern, in the order in which they came. No lock may be held that they might take. */
    public void announce(int events) {
        Registration[] present = registrations;
        if (present == null) {
            return;
        }
        for (Registration each : present) {
            each.tell(events);
        }
    }

    private synchronized void remove(Registration gone) {
        Registration[] present = registrations;
        if (present == null) {
            return;
        }
        int at = Arrays.asList(present).indexOf(gone);
        if (at < 0) {
            return;
        }
        if (present.length == 1) {
            registrations = null;
            return;
        }
        Registration[] fewer = Arrays.copyOf(present, present.length - 1);
        System.arraycopy(present, at + 1, fewer, at, fewer.length - at);
        registrations = fewer;
    }

    /** A listener's place in the queue, until it is closed. */
    public static final class Registration implements AutoCloseable {
        private static final int LISTENING = 0;
        private static final int ENDED = 1;

        private final WaitQueue queue;
        private final int events;
        private final boolean once;
        private final ReadinessListener listener;

        @SuppressWarnings("unused") // through STATE
        private volatile int state = LISTENING;

        private Registration(WaitQueue queue, int events, boolean once, ReadinessListener listener) {
            this.queue = queue;
            this.events = events;
            this.once = once;
            this.listener = listener;
        }

        private void tell(int happened) {
            int concerning = events & happened;
            if (concerning == 0) {
                return;
            }
            if (once) {
                if (!end()) {
                    return;
                }
            } else if (state == ENDED) {
                return;
            }
            listener.ready(concerning);
        }

        /** Whether this call ended it. */
        private boolean end() {
            if (!STATE.compareAndSet(this, LISTENING, ENDED)) {
                return false;
            }
            queue.remove(this);
            return true;
        }

        /** Whether the listener may still be called. */
        public boolean isListening() {
            return state == LISTENING;
        }

        /**
         * Takes the listener off. A call that another thread is about to make, or has begun, may still come; no later event makes one.
         * A second call does nothing. May be called by the listener.
         */
        @Override
        public void close() {
            end();
        }
    }
}
