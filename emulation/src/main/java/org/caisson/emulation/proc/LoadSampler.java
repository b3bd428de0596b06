package org.caisson.emulation.proc;

import org.caisson.emulation.cgroup.CpuReading;
import org.caisson.emulation.cgroup.ResourceView;
import org.caisson.emulation.cgroup.TaskCensus;
import org.caisson.emulation.text.TextScanner;
import org.caisson.vfs.synthetic.TextBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the container's load average. Its thread starts at the first reading and ends when nobody has read for a
 * while; the time without one is made up for from the CPU time that the container used meanwhile.
 *
 * <p>Guarded by its own monitor, which is held while task states are read.
 */
final class LoadSampler implements AutoCloseable {
    private static final long KEEP_SAMPLING_NANOS = 120_000_000_000L;
    private static final long CENSUS_FRESH_NANOS = 200_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final long STACK_BYTES = 256 * 1024;
    private static final long UNIT = LoadAverage.tasks(1);

    private final ResourceView view;
    private final ContainerClock clock;
    private final LoadAverage average = new LoadAverage();
    private final TaskCensus census = new TaskCensus();
    private final CpuReading cpus = new CpuReading();
    private final TextScanner text = new TextScanner();

    private @Nullable Thread thread;
    private long lastRead;
    private long lastSample;
    private long lastUsage;
    private long lastCensus = Long.MIN_VALUE / 2;
    private boolean closed;

    LoadSampler(ResourceView view, ContainerClock clock) {
        this.view = view;
        this.clock = clock;
    }

    /** Writes {@code /proc/loadavg}, and sees to it that the averages go on. */
    synchronized void write(TextBuffer out) {
        bringUpToDate();
        average.write(Math.max(1, census.running()), Math.max(1, census.total()), census.newestPid(), out);
    }

    /** Copies the three averages, in 1/2048 of a task, and answers the number of tasks. */
    synchronized int read(long[] loads) {
        bringUpToDate();
        for (int i = 0; i < loads.length; i++) {
            loads[i] = average.of(i);
        }
        return Math.max(1, census.total());
    }

    private void bringUpToDate() {
        long now = clock.age();
        lastRead = now;
        catchUp(now);
        startThread();
        refreshCensus(now);
    }

    /** The number of running tasks, at least the one that asks. */
    synchronized int running() {
        refreshCensus(clock.age());
        return Math.max(1, census.running());
    }

    /** The number of tasks in uninterruptible sleep. */
    synchronized int blocked() {
        refreshCensus(clock.age());
        return census.blocked();
    }

    private void refreshCensus(long now) {
        if (now - lastCensus > CENSUS_FRESH_NANOS) {
            view.readTasks(census, text);
            lastCensus = now;
        }
    }

    /** Takes the samples for which no thread ran, as if as many tasks had been active as CPUs were busy on average. */
    private void catchUp(long now) {
        long missed = (now - lastSample) / LoadAverage.PERIOD_NANOS;
        if (lastSample != 0 && missed < 2) {
            return;
        }
        long usage = usage();
        long elapsed = Math.max(1, now - lastSample);
        long active = (long) ((double) Math.max(0, usage - lastUsage) * UNIT / elapsed);
        average.sample(active, (int) Math.min(missed, Integer.MAX_VALUE));
        lastUsage = usage;
        lastSample = Math.max(1, now);
    }

    private synchronized void sample() {
        long now = clock.age();
        catchUp(now);
        if (now - lastSample >= LoadAverage.PERIOD_NANOS) {
            view.readTasks(census, text);
            lastCensus = now;
            average.sample(LoadAverage.tasks(census.running() + census.blocked()), 1);
            lastSample += LoadAverage.PERIOD_NANOS;
            lastUsage = usage();
        }
    }

    private long usage() {
        view.readCpuUsage(cpus, text);
        return cpus.user() + cpus.system();
    }

    private void startThread() {
        if (thread == null && !closed) {
            Thread sampler = Thread.ofPlatform()
                    .name("caisson-loadavg")
                    .daemon()
                    .stackSize(STACK_BYTES)
                    .unstarted(this::run);
            thread = sampler;
            sampler.start();
        }
    }

    private synchronized void run() {
        try {
            while (!closed && clock.age() - lastRead < KEEP_SAMPLING_NANOS) {
                long wait = lastSample + LoadAverage.PERIOD_NANOS - clock.age();
                if (wait > 0) {
                    wait(wait / NANOS_PER_MILLI + 1);
                } else {
                    sample();
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        } finally {
            thread = null;
        }
    }

    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closed = true;
            running = thread;
            notifyAll();
        }
        if (running != null) {
            try {
                running.join();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
