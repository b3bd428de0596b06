package org.caisson.image.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Ends a stream on which nothing comes for too long: the JDK's client has no limit for that. */
final class StallGuard extends FilterInputStream {
    private static final int CHECKS = 4;

    /** One daemon thread for all, that is there only while there is something to guard. */
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private final Duration limit;
    private final ScheduledFuture<?> check;

    /** When the read began that is going on, of {@link System#nanoTime}; 0 if there is none. Written by the reader. */
    private volatile long since;

    private volatile boolean stalled;

    StallGuard(InputStream in, Duration limit) {
        super(in);
        this.limit = limit;
        long period = Math.max(1, limit.toMillis() / CHECKS);
        check = TIMER.scheduleWithFixedDelay(this::check, period, period, TimeUnit.MILLISECONDS);
    }

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("stall guard").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(1, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        return timer;
    }

    private void check() {
        long began = since;
        if (began != 0 && System.nanoTime() - began > limit.toNanos()) {
            stalled = true;
            try {
                in.close();
            } catch (IOException e) {
                // The reader is told.
            }
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        since = System.nanoTime() | 1;
        try {
            int count = in.read(buffer, offset, length);
            if (!stalled) {
                return count;
            }
        } catch (IOException e) {
            if (!stalled) {
                throw e;
            }
        } finally {
            since = 0;
        }
        throw new IOException("nothing came for " + limit.toMillis() + " ms");
    }

    @Override
    public void close() throws IOException {
        check.cancel(false);
        in.close();
    }
}
