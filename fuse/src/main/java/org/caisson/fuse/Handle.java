package org.caisson.fuse;

import java.util.concurrent.atomic.AtomicLong;
import org.caisson.vfs.FileDescription;

/** An open file or directory that the kernel knows by a number. */
final class Handle extends SlotTable.Entry {
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

    void pollWaiter(long waiter) {
        pollWaiter.set(waiter);
    }

    boolean isPolled() {
        return pollWaiter.get() != 0;
    }

    long takePollWaiter() {
        return pollWaiter.getAndSet(0);
    }
}
