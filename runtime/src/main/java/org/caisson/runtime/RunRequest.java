package org.caisson.runtime;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.caisson.runtime.spec.ImageFile;
import org.caisson.runtime.spec.LayerOptions;
import org.caisson.runtime.spec.Spec;
import org.jspecify.annotations.Nullable;

/**
 * A container that is to be made, from a bundle on disk or from a specification in memory.
 *
 * @param id name of the container, see {@link ContainerIds}
 * @param bundle directory that relative paths start at; holds {@code config.json}, unless {@code spec} is given
 * @param spec a specification in memory, unless it is read from the bundle
 * @param user {@code name|uid[:group|gid]} that replaces the specification's user, looked up in the container's root
 * @param consoleSocket where the terminal's master is sent, if the container is detached and has a terminal
 * @param pidFile where the pid of the first process is written
 * @param preserveFds how many descriptors from 3 on the program inherits
 * @param detach the container outlives the caller
 * @param remove the container is deleted when its program ends
 * @param init a small init is pid 1 and the program its child
 * @param hostRoot the root is a view of the host's, as only a specification in memory can ask for
 * @param layers EROFS images that the root is made of, as only a specification in memory can ask for
 * @param layerOptions how the layers are put together
 * @param anyId nobody asked for this very name: the container may get another one
 * @param anyDirectory the program may start in {@code /} if its working directory is not in the container
 */
public record RunRequest(
        String id,
        @Nullable Path bundle,
        @Nullable Spec spec,
        @Nullable String user,
        @Nullable Path consoleSocket,
        @Nullable Path pidFile,
        int preserveFds,
        boolean detach,
        boolean remove,
        boolean init,
        boolean hostRoot,
        List<ImageFile> layers,
        LayerOptions layerOptions,
        boolean anyDirectory,
        boolean anyId) {
    /** Copies the list. */
    public RunRequest {
        layers = List.copyOf(layers);
    }

    RunRequest withId(String other) {
        return new RunRequest(
                other,
                bundle,
                spec,
                user,
                consoleSocket,
                pidFile,
                preserveFds,
                detach,
                remove,
                init,
                hostRoot,
                layers,
                layerOptions,
                anyDirectory,
                anyId);
    }

    /** A request for a bundle directory. */
    public static Builder ofBundle(String id, Path bundle) {
        return new Builder(id, bundle, null);
    }

    /** A request for a bundle directory whose specification was read and maybe changed. */
    public static Builder ofBundle(String id, Path bundle, Spec spec) {
        return new Builder(id, bundle, spec);
    }

    /** A request for a specification in memory. */
    public static Builder ofSpec(String id, Spec spec) {
        Builder builder = new Builder(id, null, spec)
                .hostRoot(spec.root().host())
                .layerOptions(spec.root().options());
        spec.root().layers().forEach(builder::layer);
        return builder;
    }

    /** Collects what is not given by default. */
    public static final class Builder {
        private final String id;
        private final @Nullable Path bundle;
        private final @Nullable Spec spec;
        private @Nullable String user;
        private @Nullable Path consoleSocket;
        private @Nullable Path pidFile;
        private int preserveFds;
        private boolean detach;
        private boolean remove;
        private boolean init;
        private boolean hostRoot;
        private final List<ImageFile> layers = new ArrayList<>();
        private LayerOptions layerOptions = LayerOptions.DEFAULT;
        private boolean anyDirectory;
        private boolean anyId;

        private Builder(String id, @Nullable Path bundle, @Nullable Spec spec) {
            this.id = id;
            this.bundle = bundle;
            this.spec = spec;
        }

        public Builder user(@Nullable String value) {
            user = value;
            return this;
        }

        public Builder consoleSocket(@Nullable Path value) {
            consoleSocket = value;
            return this;
        }

        public Builder pidFile(@Nullable Path value) {
            pidFile = value;
            return this;
        }

        public Builder preserveFds(int value) {
            preserveFds = value;
            return this;
        }

        public Builder detach(boolean value) {
            detach = value;
            return this;
        }

        public Builder remove(boolean value) {
            remove = value;
            return this;
        }

        public Builder init(boolean value) {
            init = value;
            return this;
        }

        public Builder anyDirectory(boolean value) {
            anyDirectory = value;
            return this;
        }

        public Builder anyId(boolean value) {
            anyId = value;
            return this;
        }

        /** For a keeper, whose specification was in memory and is on disk now. */
        Builder hostRoot(boolean value) {
            hostRoot = value;
            return this;
        }

        /** For a keeper, as {@link #hostRoot}; beneath those that were given before. */
        Builder layer(ImageFile file) {
            layers.add(file);
            return this;
        }

        /** For a keeper, as {@link #hostRoot}. */
        Builder layerOptions(LayerOptions value) {
            layerOptions = value;
            return this;
        }

        /** For a keeper: a further file of the layer that was given last. */
        Builder device(String file) {
            ImageFile last = layers.removeLast();
            List<String> devices = new ArrayList<>(last.devices());
            devices.add(file);
            layers.add(new ImageFile(last.path(), devices));
            return this;
        }

        public RunRequest build() {
            return new RunRequest(
                    id,
                    bundle,
                    spec,
                    user,
                    consoleSocket,
                    pidFile,
                    preserveFds,
                    detach,
                    remove,
                    init,
                    hostRoot,
                    layers,
                    layerOptions,
                    anyDirectory,
                    anyId);
        }
    }
}
