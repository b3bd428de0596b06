package org.caisson.runtime;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.caisson.linux.Signals;
import org.caisson.runtime.ContainerException.Kind;
import org.caisson.runtime.state.DamagedStateException;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;
import org.jspecify.annotations.Nullable;

/**
 * Deletes a container: waits for its keeper to be done, then forgets it. The container's lock is held all the while, so that
 * nobody starts or enters it, and what is looked at is always the container that was meant, never a later one of its name.
 */
final class Removal {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long BURIAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    private final StateDirectory states;
    private final String id;
    private final FileLock lock;

    /** {@code lock} is the container's. */
    Removal(StateDirectory states, String id, FileLock lock) {
        this.states = states;
        this.id = id;
        this.lock = lock;
    }

    /** What is still to be run when the container's lock is free again, or null. */
    @Nullable
    Poststop delete(boolean force) throws IOException {
        StoredState state;
        try {
            state = states.read(id);
        } catch (DamagedStateException e) {
            if (!force) {
                throw e;
            }
            forgetDamaged(e);
            return null;
        }
        if (state == null) {
            return null;
        }
        if (!force) {
            demandEnded(state);
        }
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (StoredState now = state; now != null && isSame(now, state); now = states.read(id)) {
            if (now.pid() != 0) {
                ContainerRuntime.signalFirst(states, now, Signals.SIGKILL);
            }
            try (FileLock alive = states.tryAlive(lock)) {
                if (alive != null) {
                    return bury();
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new ContainerException("container " + id + " cannot be deleted: its keeper (process "
                        + now.keeper() + ") does not end; kill that process");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return null;
    }

    private void demandEnded(StoredState state) throws IOException {
        boolean making = false;
        if (state.status().equals("creating")) {
            try (FileLock alive = states.tryAlive(lock)) {
                making = alive == null;
            }
        }
        if (making || (state.status().equals("running") && ContainerRuntime.hasProcess(state))) {
            throw new ContainerException(
                    Kind.WRONG_STATE,
                    "container " + id + " is " + (making ? "being made" : "running")
                            + " and cannot be deleted: stop it first, or delete it with --force");
        }
    }

    private static boolean isSame(StoredState one, StoredState other) {
        return one.keeper() == other.keeper() && one.createdMillis() == other.createdMillis();
    }

    /** The keeper is dead, and its lock ours. */
    private @Nullable Poststop bury() throws IOException {
        StoredState state = states.read(id);
        if (state == null) {
            states.forget(id);
            return null;
        }
        if (!state.status().equals("stopped")) {
            // Whoever writes that it has stopped has taken its control groups away, and others may have the place
            // since.
            ContainerRuntime.cgroup(states, state).remove(BURIAL_NANOS);
        }
        IdRange.release(states.of(id));
        Poststop poststop = Poststop.of(states, state);
        states.forget(id);
        return poststop;
    }

    /** What it had, nobody knows any more; only a living keeper would still take it away. */
    private void forgetDamaged(DamagedStateException damage) throws IOException {
        try (FileLock alive = states.tryAlive(lock)) {
            if (alive == null) {
                throw new ContainerException(
                        "container " + id
                                + " cannot be deleted: its state is damaged and its keeper lives; kill the process"
                                + " that holds " + states.of(id) + "/alive open",
                        damage);
            }
            IdRange.release(states.of(id));
            states.forget(id);
        }
    }
}
