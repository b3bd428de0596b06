package org.caisson.runtime;

import java.time.Instant;
import java.util.Map;
import org.caisson.runtime.ContainerState.Status;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.state.StoredState;

/** Shows what is on disk as the runtime-spec's state. */
final class ContainerStates {
    private ContainerStates() {}

    /** Of a container whose state cannot be read no more is known than its name. */
    static ContainerState damaged(String id) {
        return new ContainerState(
                Spec.VERSION,
                id,
                Status.STOPPED,
                0,
                "",
                "",
                "(its state is damaged: delete it with --force)",
                Instant.EPOCH,
                "",
                Map.of());
    }

    static ContainerState show(StoredState stored, boolean frozen) {
        Status status = Status.STOPPED;
        for (Status candidate : Status.values()) {
            if (candidate.text().equals(stored.status())) {
                status = candidate;
            }
        }
        if (frozen && status == Status.RUNNING) {
            status = Status.PAUSED;
        }
        return new ContainerState(
                stored.ociVersion(),
                stored.id(),
                status,
                stored.pid(),
                stored.bundle(),
                stored.rootfs(),
                stored.command(),
                Instant.ofEpochMilli(stored.createdMillis()),
                stored.owner(),
                stored.annotations());
    }
}
