package org.caisson.fuse;

import java.util.concurrent.atomic.AtomicLong;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.wait.WaitQueue;
import org.jspecify.annotations.Nullable;

/** An open file or directory that the kernel knows by a number. */
final class Handle extends SlotTable.Entry {
    private static final int ANY_EVENT = -1;

    final Node node;
    final FileDescription description;

    /** Whether data goes past us, to and from the node's backing file. Written before the handle is known. */
    boolean isBacked;

    /** The kernel's name for who waits in poll(2) on this file, or 0. Written by a poll request, taken by a wakeup. */
    private final AtomicLong pollWaiter = new AtomicLong();

    Handle(Node node, FileDescription description) {
        this.node = node;
        this.description = description;
    }

    /** Where the description tells of its readiness, from the first poll on. Guarded by this object's monitor. */
    private WaitQueue.@Nullable Registration listening;

    private boolean released;

    /** Somebody waits in poll(2) from now on, and is woken when the description may be ready. */
    void pollWaiter(long waiter, PromptMessages messages) {
        pollWaiter.set(waiter);
        synchronized (this) {
            if (listening == null && !released) {
                listening = description.listen(ANY_EVENT, false, events -> wake(messages));
            }
        }
    }

    void wake(PromptMessages messages) {
        long waiter = takePollWaiter();
        if (waiter != 0) {
            messages.wakePoller(waiter);
        }
    }

    /** The kernel knows it no more. */
    void release() {
        WaitQueue.Registration told;
        synchronized (this) {
            released = true;
            told = listening;
        }
        if (told != null) {
            told.close();
        }
        description.release();
    }

    boolean isPolled() {
        return pollWaiter.get() != 0;
    }

    private long takePollWaiter() {
        return pollWaiter.getAndSet(0);
    }
}
