package org.caisson.image.source;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does several things at once; the first failure ends all. */
final class Parallel {
    private Parallel() {}

    /** What may fail. */
    @FunctionalInterface
    interface Task {
        void run() throws IOException;
    }

    /** Returns when all are done and no thread is left. */
    static void run(List<Task> tasks, int threads) throws IOException {
        if (tasks.isEmpty()) {
            return;
        }
        ExecutorService executor = Executors.newFixedThreadPool(Math.min(threads, tasks.size()));
        List<Future<?>> futures = new ArrayList<>();
        try {
            ExecutorCompletionService<Boolean> completion = new ExecutorCompletionService<>(executor);
            for (Task task : tasks) {
                futures.add(completion.submit(() -> {
                    task.run();
                    return true;
                }));
            }
            for (int done = 0; done < futures.size(); done++) {
                completion.take().get();
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IOException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } finally {
            executor.shutdownNow();
            executor.close();
        }
    }
}
