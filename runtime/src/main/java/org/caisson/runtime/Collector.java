package org.caisson.runtime;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;

/**
 * Clears away after keepers that died: a free {@code alive} lock is the proof. Processes are killed, control groups
 * removed; the container is forgotten if nobody waits for it, otherwise marked stopped. Every step can be repeated.
 */
final class Collector {
    /** Enough for processes to die; who takes longer keeps the next commands from nothing but this. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final StateDirectory states;

    Collector(StateDirectory states) {
        this.states = states;
    }

    /**
     * Looks at all containers. The lock is held: nobody makes or forgets one meanwhile. What is returned is to be run when
     * it is not held any more.
     */
    List<Poststop> collect(FileLock held) throws IOException {
        if (!held.file().isOpen()) {
            throw new IllegalStateException("the lock of all containers is not held");
        }
        List<Poststop> due = new ArrayList<>();
        for (String id : states.ids()) {
            try {
                collect(id, due);
            } catch (IOException e) {
                // It stays as it is for the next command: one container must not stop what is done with others.
            }
        }
        IdRange.sweep();
        return due;
    }

    private void collect(String id, List<Poststop> due) throws IOException {
        if (!states.isContainer(id)) {
            // Its keeper died between the directory and its lock, or while it was being forgotten.
            states.removeEmpty(id);
            return;
        }
        try (FileLock alive = states.tryAlive(id)) {
            if (alive != null) {
                bury(id, due);
            }
        }
    }

    private void bury(String id, List<Poststop> due) throws IOException {
        StoredState state = states.read(id);
        if (state == null) {
            states.remove(id);
            return;
        }
        if (state.status().equals("stopped")) {
            return;
        }
        boolean making = state.status().equals("creating");
        ContainerRuntime.cgroup(states, state).remove(PATIENCE_NANOS);
        if (making) {
            ContainerRuntime.namedCgroup(state).removeUnmarked();
        }
        IdRange.release(states.of(id));
        if (state.remove() || making) {
            Poststop poststop = Poststop.of(states, state);
            states.remove(id);
            if (poststop != null) {
                due.add(poststop);
            }
        } else {
            states.write(state.stopped(-1));
        }
    }
}
