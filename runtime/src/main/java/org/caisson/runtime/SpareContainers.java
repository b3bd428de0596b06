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
 * waiting for the kernel. Each serves one request of the usual shape that names no container. None gets older than a minute, so that no
 * program finds itself much younger than its container, and none is made a minute after the last request: a daemon that rests keeps none.
 *
 * <p>One thread makes them. Lock: its own monitor, which nothing is made or taken away under.
 */
final class SpareContainers implements AutoCloseable {
    static final String MARK = "org.caisson.spare";

    private static final int KEPT = 3;
    private static final long LIFE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int STACK = 512 * 1024;
    private static final long END_MILLIS = 5_000;

    private record Spare(Keeper keeper, long madeAt) {
        long left(long now) {
            return LIFE_NANOS - (now - madeAt);
        }
    }

    private final RuntimeOptions options;
    private final StateDirectory states;
    private final Spec template;
    /** The eldest first. */
    private final Deque<Spare> ready = new ArrayDeque<>();

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
                begin();
            }
            notifyAll();
            Spare youngest = ready.pollLast();
            return youngest == null ? null : youngest.keeper();
        }
    }

    /** With the lock held. */
    private void begin() {
        Thread thread = ResidentThread.of("spares", STACK, this::make);
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            return; // The host gives no thread: there are no spares.
        }
        maker = thread;
    }

    private void make() {
        try {
            do {
                while (hasWork()) {
                    renew();
                }
                closeAll();
            } while (goesOn());
        } catch (IOException | RuntimeException | Error e) {
            // Whoever asks for a container gets the reason, as he makes it himself.
            synchronized (this) {
                maker = null;
            }
            closeAll();
        }
    }

    /** Takes the eldest away if it is too old, or else makes one. */
    private void renew() throws IOException {
        Spare old = null;
        synchronized (this) {
            Spare eldest = ready.peek();
            if (eldest != null && eldest.left(System.nanoTime()) <= 0) {
                old = ready.remove();
            }
        }
        if (old != null) {
            old.keeper().close();
            return;
        }
        Keeper made = spare();
        synchronized (this) {
            if (!closed) {
                ready.add(new Spare(made, System.nanoTime()));
                return;
            }
        }
        made.close();
    }

    /** Waits until one is to be made or is too old; false if none will be made for long. */
    private synchronized boolean hasWork() {
        while (isWanted()) {
            Spare eldest = ready.peek();
            long now = System.nanoTime();
            if (eldest == null || ready.size() < KEPT || eldest.left(now) <= 0) {
                return true;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, Math.min(wantedUntil - now, eldest.left(now))));
            } catch (InterruptedException e) {
                closed = true;
            }
        }
        return false;
    }

    /** Whether somebody has asked meanwhile; else he who asks next begins another thread. */
    private synchronized boolean goesOn() {
        if (isWanted()) {
            return true;
        }
        maker = null;
        return false;
    }

    private synchronized boolean isWanted() {
        return !closed && wantedUntil - System.nanoTime() > 0;
    }

    private void closeAll() {
        List<Spare> old;
        synchronized (this) {
            old = new ArrayList<>(ready);
            ready.clear();
        }
        for (Spare spare : old) {
            spare.keeper().close();
        }
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

    /** Returns when none is left, one that is being made included. */
    @Override
    public void close() {
        Thread last;
        synchronized (this) {
            closed = true;
            last = maker;
            notifyAll();
        }
        closeAll();
        if (last != null) {
            try {
                last.join(END_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
