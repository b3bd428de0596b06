package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.LayerOptions;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.state.LayerStorage;
import org.caisson.runtime.state.StateDirectory;
import org.caisson.runtime.state.StoredState;
import org.jspecify.annotations.Nullable;

/** What a container has over and beside the layers of its image, for its keeper to hold: nothing, if it is not made of an image. */
final class ContainerLayers implements AutoCloseable {
    private final Spec spec;
    private final StateDirectory states;
    /** The container's place on disk; null if it needs none. */
    private @Nullable Path place;

    private @Nullable WritableLayer written;
    private @Nullable LayerServer server;

    ContainerLayers(Spec spec, StateDirectory states) {
        this.spec = spec;
        this.states = states;
    }

    /** Makes the container's place on disk and its volumes there; answers the specification with these. */
    Spec prepare(StoredState state, IdMaps ids) throws IOException {
        LayerOptions layers = spec.root().options();
        if (!spec.root().layered() || !layers.usesDisk()) {
            return spec;
        }
        // A later container of the same name has another one.
        Path made = Path.of(layers.storage(), state.id() + "-" + state.createdMillis() + "-" + state.keeper());
        try {
            new LayerStorage(made, ids.uids(), ids.gids()).make(states, state.id());
        } catch (IOException e) {
            throw new ContainerException("the container's place " + made + " cannot be made: " + e.getMessage(), e);
        }
        place = made;
        return ImageVolumes.make(spec, made, ids);
    }

    /** Where it will write. */
    WritableLayer writable(int mode, IdMaps ids) throws IOException {
        Path disk = place;
        return disk == null || !spec.root().options().disk()
                ? WritableLayer.inMemory(mode, ids)
                : WritableLayer.onDisk(disk, mode, ids);
    }

    /** Takes over what was made with the mounts. */
    void take(LockedMounts mounts) {
        written = mounts.takeWritten();
        server = mounts.takeServer();
    }

    /** The mount of what it writes; null if that is not kept apart. */
    @Nullable
    OwnedFd written() {
        WritableLayer layer = written;
        return layer == null ? null : layer.mount();
    }

    /** Who serves the layers, in a word. */
    String server() {
        return server == null ? "host" : "fuse";
    }

    @Override
    public void close() {
        if (written != null) {
            written.close();
        }
        if (server != null) {
            server.close();
        }
    }
}
