package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.caisson.linux.MountFlags;
import org.caisson.linux.OwnedFd;
import org.caisson.runtime.spec.ImageFile;
import org.caisson.runtime.spec.LayerOptions;
import org.caisson.runtime.spec.MountSpec;
import org.caisson.runtime.spec.Root;
import org.caisson.runtime.spec.Spec;
import org.caisson.runtime.stage.MountAttributes;
import org.caisson.runtime.stage.MountPoint;
import org.caisson.runtime.stage.Namespace;
import org.caisson.runtime.stage.NamespaceOrders;
import org.caisson.runtime.stage.Propagation;
import org.caisson.runtime.stage.Stage;
import org.caisson.runtime.stage.StageOrders;
import org.jspecify.annotations.Nullable;

/**
 * Mounts that are made with the host's rights, before the container's user namespace: what is read-only and must stay so
 * (volumes, the root), the root in which no device may be opened, the layers of an image, and what shows a namespace that is not the container's own (sysfs, mqueue). The kernel locks a
 * mount's flags when its mount namespace is copied to one of another user namespace (mount_namespaces(7)): so these are
 * attached in a namespace that the host's root owns, before the container gets its copy. Id-mapping them needs a user
 * namespace before the container's exists: a short-lived one with the same map.
 */
final class LockedMounts implements AutoCloseable {
    /** Where the mounts wait, and beside them the scaffold of the container's root. */
    static final String PLACE = "/tmp";

    static final String SCAFFOLD = PLACE + "/scaffold";

    private static final int PERMISSIONS = 07777;
    private static final long PLAIN = MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC;

    private final Path stage;
    private final IdMaps ids;
    private final Consumer<String> warnings;
    private final IdentityHashMap<MountSpec, String> places = new IdentityHashMap<>();
    private final StageOrders orders = new StageOrders();
    private @Nullable String root;
    private @Nullable String image;
    private @Nullable WritableLayer written;
    private @Nullable LayerServer server;
    private int count;
    private @Nullable OwnedFd userNamespace;
    private @Nullable MountSources sources;
    private final ServedLayers layers;
    private final ImageMounts images;

    private LockedMounts(Path stage, IdMaps ids, Consumer<String> warnings, ServedLayers layers, ImageMounts images) {
        this.layers = layers;
        this.images = images;
        this.stage = stage;
        this.ids = ids;
        this.warnings = warnings;
    }

    static LockedMounts of(
            Spec spec,
            Path bundle,
            NamespacePlan namespaces,
            Path stage,
            IdMaps ids,
            WritableLayer.Maker writable,
            Consumer<String> warnings,
            ServedLayers layers,
            ImageMounts images)
            throws IOException {
        LockedMounts mounts = new LockedMounts(stage, ids, warnings, layers, images);
        try {
            for (MountSpec mount : spec.mounts()) {
                MountOptions options = MountOptions.parse(mount.options());
                if (options.bind || mount.type().equals("bind")) {
                    if (options.readOnly) {
                        mounts.bind(mount, options, bundle);
                    }
                } else if (mount.type().equals("sysfs") && !namespaces.ownNetwork()) {
                    mounts.make(mount, PLAIN | MountFlags.MS_RDONLY);
                } else if (mount.type().equals("mqueue") && !namespaces.ownIpc()) {
                    mounts.make(mount, PLAIN | options.flags);
                }
            }
            if (spec.root().layered()) {
                mounts.image(spec.root(), writable);
            } else if (!spec.root().host()) {
                mounts.root(FileSystemOrders.rootfs(spec, bundle), spec.root().readonly());
            }
            return mounts;
        } catch (IOException e) {
            mounts.close();
            throw e;
        }
    }

    private void bind(MountSpec mount, MountOptions options, Path bundle) throws IOException {
        OwnedFd clone =
                sources().bind(bundle.resolve(mount.source()).toString(), options, !ids.given() || options.idmap);
        String place = nextPlace();
        orders.attach(clone, place, MountPoint.MAKE_LIKE_SOURCE);
        places.put(mount, place);
    }

    /** A file system that shows the network or IPC namespace of whoever mounts it. */
    private void make(MountSpec mount, long flags) {
        String place = nextPlace();
        orders.mount(mount.type(), place, mount.type(), flags, "", MountPoint.MAKE_DIRECTORY);
        places.put(mount, place);
    }

    /** Device nodes in a root directory open nothing, and the container's root cannot have it otherwise: whoever made it is not trusted. */
    private void root(Path rootfs, boolean readOnly) throws IOException {
        OwnedFd clone =
                readOnly ? sources().readOnlyDirectory(rootfs) : sources().directory(rootfs);
        String place = nextPlace();
        orders.attach(clone, place, MountPoint.MAKE_DIRECTORY);
        root = place;
    }

    /**
     * The layers of an image beneath a writable one in memory. It is the host's root that mounts them, for overlayfs reads what a layer
     * says of directories that hide others ({@code trusted.overlay.opaque}) only with the host's rights.
     */
    private void image(Root image, WritableLayer.Maker maker) throws IOException {
        StringBuilder options = new StringBuilder();
        int mode = 0;
        for (OwnedFd mount : lowers(image)) {
            if (options.isEmpty()) {
                mode = FileInfo.of(mount).mode() & PERMISSIONS;
            }
            String place = nextPlace();
            orders.attach(mount, place, MountPoint.MAKE_DIRECTORY);
            // One option a layer: all in one would be longer than an option may be.
            options.append("lowerdir+=").append(place).append(',');
        }
        this.layers.mounted();
        String writable = nextPlace();
        // The root directory is the upper layer's: it has the owner and mode of the image's.
        WritableLayer made = maker.make(mode);
        written = made;
        orders.attach(made.mount(), writable, MountPoint.MAKE_DIRECTORY);
        options.append("upperdir=").append(writable).append('/').append(WritableLayer.UPPER);
        options.append(",workdir=").append(writable).append('/').append(WritableLayer.WORK);
        String place = nextPlace();
        orders.mount("overlay", place, "overlay", MountFlags.MS_NODEV, options.toString(), MountPoint.MAKE_DIRECTORY);
        this.image = place;
        if (image.readonly()) {
            String locked = nextPlace();
            orders.bind(
                    place, locked, false, MountAttributes.READ_ONLY, 0, Propagation.PRIVATE, MountPoint.MAKE_DIRECTORY);
            root = locked;
        }
    }

    /** Mounts of the layers, the uppermost first; of what is served over FUSE there is one for all. */
    private List<OwnedFd> lowers(Root image) throws IOException {
        LayerOptions.Server wanted = image.options().server();
        if (wanted != LayerOptions.Server.FUSE) {
            try {
                List<OwnedFd> mounts = new ArrayList<>();
                for (ImageFile layer : image.layers()) {
                    mounts.add(sources().layer(layer));
                }
                return mounts;
            } catch (ContainerException e) {
                if (wanted == LayerOptions.Server.HOST) {
                    throw e;
                }
            }
        }
        LayerServer.Served served = LayerServer.start(image.layers(), ids);
        server = served.server();
        return List.of(sources().keep(served.mount()));
    }

    private String nextPlace() {
        if (count == 0) {
            orders.mount("tmpfs", PLACE, "tmpfs", PLAIN, "mode=755", MountPoint.MUST_EXIST);
            orders.directory(SCAFFOLD, 0755, -1, -1);
        }
        return PLACE + "/" + count++;
    }

    private MountSources sources() throws IOException {
        MountSources present = sources;
        if (present == null) {
            OwnedFd namespace = namespaceLike(ids, stage);
            userNamespace = namespace;
            present = new MountSources(namespace, ids, warnings, layers, images);
            sources = present;
        }
        return present;
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
        return count == 0 ? null : orders;
    }

    /** Where a mount waits, as a path in the container's copy of the host's tree; null if it is not one of these. */
    @Nullable
    String place(MountSpec mount) {
        return places.get(mount);
    }

    /** Where the root directory waits; of an image, only if it is read-only. Null if the root is a view of the host's. */
    @Nullable
    String root() {
        return root;
    }

    /** Where the layers of an image lie one over another, writable; null if the root is none of an image. */
    @Nullable
    String image() {
        return image;
    }

    /** What the container writes over the layers of an image, given up to the caller; null if it writes elsewhere. */
    @Nullable
    WritableLayer takeWritten() {
        WritableLayer taken = written;
        written = null;
        return taken;
    }

    /** Who serves the layers of an image, given up to the caller; null if it is the kernel, or there are none. */
    @Nullable
    LayerServer takeServer() {
        LayerServer taken = server;
        server = null;
        return taken;
    }

    /** Where the container's root is put together. */
    String scaffold() {
        return count == 0 ? PLACE : SCAFFOLD;
    }

    @Override
    public void close() {
        if (written != null) {
            written.close();
        }
        if (server != null) {
            server.close();
        }
        if (sources != null) {
            sources.close();
        }
        if (userNamespace != null) {
            userNamespace.close();
        }
    }
}
