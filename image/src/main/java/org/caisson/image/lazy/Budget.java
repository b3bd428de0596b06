package org.caisson.image.lazy;

import java.io.InterruptedIOException;
import java.util.concurrent.Semaphore;

/** How much memory all chunks that are under way may take together: who runs a container has little. */
final class Budget {
    private static final int KILOBYTES = 24 << 10;
    private static final int UNIT = 1024;

    private final Semaphore free = new Semaphore(KILOBYTES, true);

    /** What is taken for one chunk. */
    final class Share implements AutoCloseable {
        private final int size;

        private Share(int size) {
            this.size = size;
        }

        @Override
        public void close() {
            free.release(size);
        }
    }

    /** Waits until there is room; what is larger than all waits until it is alone. */
    Share take(long bytes) throws InterruptedIOException {
        int size = (int) Math.min(KILOBYTES, bytes / UNIT + 1);
        try {
            free.acquire(size);
            return new Share(size);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
