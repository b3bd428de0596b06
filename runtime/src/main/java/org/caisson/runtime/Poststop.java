package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.caisson.runtime.spec.Hooks.Hook;
import org.caisson.runtime.spec.SpecReader;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;
import org.jspecify.annotations.Nullable;

/**
 * The poststop hooks of a container that has been forgotten. They run when no lock is held: a hook may take its time and may
 * call caisson.
 */
record Poststop(List<Hook> hooks, String state) {

    /** What the specification on disk asks for; null if it is nothing. Called before the container is forgotten. */
    static @Nullable Poststop of(StateDirectory states, StoredState state) {
        Path config = states.of(state.id()).resolve("config.json");
        if (!Files.exists(config)) {
            return null;
        }
        try {
            return of(SpecReader.read(config).hooks().poststop(), state);
        } catch (IOException e) {
            // A specification that cannot be read any more names no hooks, and must not keep the container.
            return null;
        }
    }

    /** These hooks with the container as it stands now; null if there are none. */
    static @Nullable Poststop of(List<Hook> hooks, StoredState state) {
        if (hooks.isEmpty()) {
            return null;
        }
        return new Poststop(
                hooks, ContainerStates.show(state.stopped(-1), false).toJson());
    }

    /** Runs all; one that fails is a warning (runtime-spec, life cycle, step 13). */
    void run(Consumer<String> warning) {
        for (Hook hook : hooks) {
            try {
                HookRunner.run("poststop", List.of(hook), state);
            } catch (ContainerException e) {
                warning.accept(String.valueOf(e.getMessage()));
            }
        }
    }
}
