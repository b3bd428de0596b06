package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.caisson.linux.Signals;
import org.caisson.runtime.spec.Hooks.Hook;
import org.caisson.runtime.spec.SpecReader;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;

/** Deletes a container: waits for its keeper to be done, then forgets it. */
final class Removal {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(15);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    private final StateDirectory states;

    Removal(StateDirectory states) {
        this.states = states;
    }

    void delete(StoredState state, boolean force) throws IOException {
        String id = state.id();
        boolean live = state.status().equals("running") || state.status().equals("creating");
        if (live && !force && ProcessTimes.startOf(state.pid()) == state.pidStart() && state.pidStart() != 0) {
            throw new ContainerException(
                    ContainerException.Kind.WRONG_STATE,
                    "container " + id + " is running and cannot be deleted: stop it first, or delete it with --force");
        }
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            StoredState now = states.read(id);
            if (now == null) {
                return;
            }
            if (now.pid() != 0) {
                ContainerRuntime.signalFirst(now, Signals.SIGKILL);
            }
            try (FileLock all = states.lock();
                    FileLock alive = states.tryAlive(id)) {
                if (alive != null) {
                    bury(now, all);
                    return;
                }
            }
            if (!Files.exists(states.of(id))) {
                return;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new ContainerException("container " + id + " cannot be deleted: its keeper (process "
                        + now.keeper() + ") does not end; kill that process");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void bury(StoredState state, FileLock held) throws IOException {
        if (!held.file().isOpen()) {
            throw new IllegalStateException("the lock of all containers is not held");
        }
        ContainerRuntime.cgroup(state).remove();
        Path config = states.of(state.id()).resolve("config.json");
        ContainerException failed = null;
        if (Files.exists(config)) {
            try {
                java.util.List<Hook> hooks = SpecReader.read(config).hooks().poststop();
                HookRunner.run(
                        "poststop",
                        hooks,
                        ContainerStates.show(state.stopped(-1), false).toJson());
            } catch (ContainerException e) {
                failed = e;
            }
        }
        states.remove(state.id());
        if (failed != null) {
            throw failed;
        }
    }
}
