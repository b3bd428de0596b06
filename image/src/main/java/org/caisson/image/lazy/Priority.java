package org.caisson.image.lazy;

import java.io.InterruptedIOException;

/** Lets who waits for data go before who fetches what might be wanted. */
final class Priority {
    /** Under the monitor. */
    private int demands;

    synchronized void begin() {
        demands++;
    }

    synchronized void end() {
        demands--;
        if (demands == 0) {
            notifyAll();
        }
    }

    /** Returns when nobody waits for data. */
    synchronized void awaitQuiet() throws InterruptedIOException {
        try {
            while (demands > 0) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
