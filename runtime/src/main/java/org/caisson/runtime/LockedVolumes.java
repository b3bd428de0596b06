package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.function.Consumer;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.MountSpec;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.stage.MountPoint;
import org.caisson.runtime.stage.Namespace;
import org.caisson.runtime.stage.NamespaceOrders;
import org.caisson.runtime.stage.Stage;
import org.caisson.runtime.stage.StageOrders;
import org.jspecify.annotations.Nullable;

/**
 * Read-only bind mounts that the container's root cannot make writable. The kernel locks a mount's flags when its mount
 * namespace is copied to one of another user namespace (mount_namespaces(7)): so these are attached in a namespace that
 * the host's root owns, before the container gets its copy. Id-mapping them needs a user namespace before the container's
 * exists: a short-lived one with the same map.
 */
final class LockedVolumes implements AutoCloseable {
    /** Where the volumes wait, and beside them the scaffold of the container's root. */
    static final String PLACE = "/tmp";

    static final String SCAFFOLD = PLACE + "/scaffold";

    private final IdentityHashMap<MountSpec, String> places = new IdentityHashMap<>();
    private final StageOrders orders = new StageOrders();
    private @Nullable OwnedFd userNamespace;
    private @Nullable MountSources sources;

    private LockedVolumes() {}

    static LockedVolumes of(Spec spec, Path bundle, Path stage, IdMaps ids, boolean idmapAll, Consumer<String> warnings)
            throws IOException {
        LockedVolumes volumes = new LockedVolumes();
        try {
            for (MountSpec mount : spec.mounts()) {
                MountOptions options = MountOptions.parse(mount.options());
                if (options.readOnly && (options.bind || mount.type().equals("bind"))) {
                    volumes.add(mount, options, bundle, stage, ids, idmapAll, warnings);
                }
            }
            return volumes;
        } catch (IOException e) {
            volumes.close();
            throw e;
        }
    }

    private void add(
            MountSpec mount,
            MountOptions options,
            Path bundle,
            Path stage,
            IdMaps ids,
            boolean idmapAll,
            Consumer<String> warnings)
            throws IOException {
        MountSources from = sources;
        if (from == null) {
            OwnedFd namespace = namespaceLike(ids, stage);
            userNamespace = namespace;
            from = new MountSources(namespace, ids, warnings);
            sources = from;
            orders.mount(
                    "tmpfs",
                    PLACE,
                    "tmpfs",
                    MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC,
                    "mode=755",
                    MountPoint.MUST_EXIST);
            orders.directory(SCAFFOLD, 0755, -1, -1);
        }
        String place = PLACE + "/" + places.size();
        OwnedFd clone = from.bind(bundle.resolve(mount.source()).toString(), options, idmapAll || options.idmap);
        orders.attach(clone, place, MountPoint.MAKE_LIKE_SOURCE);
        places.put(mount, place);
    }

    private static OwnedFd namespaceLike(IdMaps ids, Path stage) throws IOException {
        try (Stage helper = Stage.spawn(stage.toString(), 0, 1, 2)) {
            helper.unshare(new NamespaceOrders().create(Namespace.USER).idMaps(ids.uids(), ids.gids()));
            return helper.userNamespace();
        }
    }

    /** What the host's root does beforehand, or null if nothing. */
    @Nullable
    StageOrders hostOrders() {
        return places.isEmpty() ? null : orders;
    }

    /** Where a mount waits, as a path in the container's copy of the host's tree; null if it is not one of these. */
    @Nullable
    String place(MountSpec mount) {
        return places.get(mount);
    }

    /** Where the container's root is put together. */
    String scaffold() {
        return places.isEmpty() ? PLACE : SCAFFOLD;
    }

    @Override
    public void close() {
        if (sources != null) {
            sources.close();
        }
        if (userNamespace != null) {
            userNamespace.close();
        }
    }
}
