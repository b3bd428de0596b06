package org.caisson.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.caisson.linux.Errno;
import org.caisson.linux.ErrnoException;
import org.caisson.runtime.spec.MountSpec;
import org.caisson.runtime.spec.Spec;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.difference.Fidelity;
import org.caisson.vfs.difference.Subtree;
import org.caisson.vfs.difference.TreeCopy;
import org.caisson.vfs.host.HostFileSystem;
import org.caisson.vfs.host.HostOptions;
import org.jspecify.annotations.Nullable;

/**
 * The anonymous volumes of an image: directories that are no part of what the container writes over the image, each filled with what the
 * image has at its place. They lie in the container's place on disk and go with it.
 */
final class ImageVolumes {
    private static final String DIRECTORY = "volumes";

    private final Path place;
    private final IdMaps ids;

    private ImageVolumes(Path place, IdMaps ids) {
        this.place = place;
        this.ids = ids;
    }

    /** Makes those of a specification; the result mounts them, but where somebody wants another thing at their place. */
    static Spec make(Spec spec, Path place, IdMaps ids) throws IOException {
        TreeSet<String> wanted = new TreeSet<>();
        for (String volume : spec.root().options().volumes()) {
            wanted.add(Destination.of(volume));
        }
        for (MountSpec mount : spec.mounts()) {
            wanted.remove(Destination.of(mount.destination()));
        }
        wanted.remove("/");
        if (wanted.isEmpty()) {
            return spec;
        }
        ImageVolumes volumes = new ImageVolumes(place.resolve(DIRECTORY), ids);
        List<MountSpec> mounts = new ArrayList<>();
        try (LayerTree image = LayerTree.open(spec.root().layers())) {
            for (String volume : wanted) {
                Path directory = volumes.make(image, volume, mounts.size());
                // What is mounted on a volume comes after it.
                mounts.add(new MountSpec(volume, "bind", directory.toString(), List.of("rbind", "rw")));
            }
        } catch (ErrnoException e) {
            throw new ContainerException("the volumes of the image cannot be made: " + e.getMessage(), e);
        }
        mounts.addAll(spec.mounts());
        return spec.withMounts(mounts);
    }

    private Path make(LayerTree image, String volume, int number) throws IOException {
        Path directory = Files.createDirectories(place.resolve(Integer.toString(number)));
        // It belongs to the container's root, which makes what is in it.
        Files.setAttribute(directory, "unix:uid", (int) ids.rootUid());
        Files.setAttribute(directory, "unix:gid", (int) ids.rootGid());
        VirtualDentry source = find(image, volume);
        if (source == null) {
            return directory;
        }
        try (HostFileSystem host = HostFileSystem.open(directory.toString(), HostOptions.DEFAULT)) {
            Subtree target = new Subtree(
                    image.system(),
                    Credentials.root(),
                    image.system().newMappedNamespace(host, ids.toContainer()).root());
            TreeCopy copy = new TreeCopy(Fidelity.ALL, null, path -> {});
            copy.copyContent(new Subtree(image.system(), Credentials.root(), source), target);
        }
        return directory;
    }

    /** What the image has there, if that is a directory. */
    private static @Nullable VirtualDentry find(LayerTree image, String volume) throws ErrnoException {
        try {
            VirtualDentry found = image.system()
                    .lookup(
                            Credentials.root(),
                            new PathOperation()
                                    .root(image.root())
                                    .start(image.root())
                                    .path(volume)
                                    .followFinal(true));
            return found.isDirectory() ? found : null;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                return null;
            }
            throw e;
        }
    }
}
