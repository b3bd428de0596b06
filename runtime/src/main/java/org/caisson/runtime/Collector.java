package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Files;
import org.caisson.runtime.state.FileLock;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;

/**
 * Clears away after keepers that died: a free {@code alive} lock is the proof. Processes are killed, control groups
 * removed; the container is forgotten if nobody waits for it, otherwise marked stopped. Every step can be repeated.
 */
final class Collector {
    private final StateDirectory states;

    Collector(StateDirectory states) {
        this.states = states;
    }

    /** Looks at all containers. The lock is held: nobody makes or forgets one meanwhile. */
    void collect(FileLock held) throws IOException {
        if (!held.file().isOpen()) {
            throw new IllegalStateException("the lock of all containers is not held");
        }
        for (String id : states.ids()) {
            if (!Files.exists(states.of(id).resolve("alive"))) {
                // Its keeper died between the directory and its lock, or while it was being forgotten.
                states.remove(id);
                continue;
            }
            try (FileLock alive = states.tryAlive(id)) {
                if (alive != null) {
                    bury(id);
                }
            }
        }
        IdRange.sweep();
    }

    private void bury(String id) throws IOException {
        StoredState state = states.read(id);
        if (state == null) {
            states.remove(id);
            return;
        }
        if (state.status().equals("stopped")) {
            return;
        }
        ContainerRuntime.cgroup(state).remove();
        if (state.remove() || state.status().equals("creating")) {
            states.remove(id);
        } else {
            states.write(state.stopped(-1));
        }
    }
}
