package org.caisson.vfs.wait;

/** Is told that a file may have become ready. */
@FunctionalInterface
public interface ReadinessListener {
    /**
     * Called by the thread that changed something, without any lock of the file held. It must not block, and may add and remove
     * listeners, this one too. Whether the file is ready still is for the listener to ask.
     *
     * @param events the {@code POLL} bits that may hold now and may not have held before
     */
    void ready(int events);
}
