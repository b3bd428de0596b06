package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.jspecify.annotations.Nullable;

/**
 * Containers made ahead up to where a program is wanted: their ids, control groups, emulation and namespaces are there, and most of that is
 * waiting for the kernel. Each serves one request of the usual shape that names no container. They are kept for a minute after the last
 * request, so that no program finds itself much younger than its container, and a daemon that rests keeps none.
 *
 * <p>One thread makes them. Lock: its own monitor, which nothing is made or taken away under.
 */
final class SpareContainers implements AutoCloseable {
    static final String MARK = "org.caisson.spare";

    private static final int KEPT = 3;
    private static final long LIFE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int STACK = 512 * 1024;

    private final RuntimeOptions options;
    private final StateDirectory states;
    private final Spec template;
    private final Deque<Keeper> ready = new ArrayDeque<>();
    private long wantedUntil;
    private boolean closed;
    private @Nullable Thread maker;

    SpareContainers(RuntimeOptions options) throws ContainerException {
        this.options = options;
        states = new StateDirectory(options.root());
        template = SpecBuilder.hostRoot().args(List.of("true")).build();
    }

    /** A container that only lacks what is asked for; null if there is none, or the request wants another kind. */
    @Nullable
    Keeper take(RuntimeOptions asked, RunRequest request, Spec spec) {
        if (!request.anyId()
                || request.detach()
                || asked.systemdCgroup() != options.systemdCgroup()
                || !spec.root().equals(template.root())
                || !spec.mounts().equals(template.mounts())
                || !spec.linux().equals(template.linux())
                || !spec.hooks().equals(template.hooks())) {
            return null;
        }
        synchronized (this) {
            wantedUntil = System.nanoTime() + LIFE_NANOS;
            if (maker == null && !closed) {
                maker = new Thread(null, this::make, "spares", STACK);
                maker.setDaemon(true);
                maker.start();
            }
            notifyAll();
            return ready.poll();
        }
    }

    private void make() {
        try {
            while (isWanted()) {
                Keeper made = spare();
                synchronized (this) {
                    if (!closed) {
                        ready.add(made);
                        continue;
                    }
                }
                made.close();
            }
        } catch (IOException | RuntimeException e) {
            // Whoever asks for a container gets the reason, as he makes it himself.
            synchronized (this) {
                maker = null;
            }
        }
        List<Keeper> old;
        synchronized (this) {
            old = new ArrayList<>(ready);
            ready.clear();
        }
        old.forEach(Keeper::close);
    }

    /** Waits until one is to be made; false if none will be for long. */
    private synchronized boolean isWanted() {
        while (!closed) {
            long left = wantedUntil - System.nanoTime();
            if (left <= 0) {
                break;
            }
            if (ready.size() < KEPT) {
                return true;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                break;
            }
        }
        maker = null;
        return false;
    }

    private Keeper spare() throws IOException {
        String id = ContainerIds.random();
        RunRequest request =
                RunRequest.ofSpec(id, template).remove(true).init(true).build();
        FileLock alive;
        List<Poststop> due;
        try (FileLock lock = states.lock()) {
            due = new Collector(states).collect(lock);
            alive = states.reserve(id);
        }
        for (Poststop poststop : due) {
            poststop.run(ContainerIo.INHERIT::warning);
        }
        if (alive == null) {
            throw new ContainerException("container " + id + " exists already");
        }
        Keeper keeper = new Keeper(options, states, request, template, Path.of("/"), ContainerIo.INHERIT, alive);
        boolean made = false;
        try {
            keeper.prepare();
            made = true;
            return keeper;
        } finally {
            if (!made) {
                keeper.close();
            }
        }
    }

    @Override
    public void close() {
        List<Keeper> old;
        synchronized (this) {
            closed = true;
            notifyAll();
            old = new ArrayList<>(ready);
            ready.clear();
        }
        old.forEach(Keeper::close);
    }
}
