package org.caisson.linux;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Runs what changes its thread for good (namespaces, filters) on a platform thread that ends with it. */
public final class Threads {
    private Threads() {}

    /** Starts a task on a new platform thread. */
    public static <T> FutureTask<T> start(Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        Thread.ofPlatform().daemon().start(future);
        return future;
    }

    /** Waits for a started task, half a minute at most, and throws what it threw. */
    public static <T> T join(FutureTask<T> future) throws Exception {
        try {
            return future.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw new AssertionError(failure.getCause());
        }
    }

    /** Runs a task on a new platform thread and waits for it. */
    public static <T> T run(Callable<T> task) throws Exception {
        return join(start(task));
    }
}
