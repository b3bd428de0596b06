package org.caisson.image.lazy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.caisson.image.oci.Platform;
import org.caisson.image.oci.Reference;
import org.caisson.image.registry.DockerCredentials;
import org.caisson.image.registry.Registry;
import org.caisson.image.registry.RegistryOptions;
import org.caisson.image.source.Intake;
import org.caisson.image.store.ErofsLayer;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;
import org.caisson.linux.ErrnoException;
import org.caisson.vfs.Credentials;
import org.caisson.vfs.FileDescription;
import org.caisson.vfs.OpenOptions;
import org.caisson.vfs.PathOperation;
import org.caisson.vfs.VirtualDentry;
import org.caisson.vfs.VirtualFileSystem;

/** A store with one image, pulled lazily or not, and its layer opened as a container opens it. */
final class LazyStore implements AutoCloseable {
    private static final RegistryOptions QUICK =
            new RegistryOptions(Duration.ofSeconds(5), Duration.ofSeconds(5), 2, Duration.ofMillis(5), Map.of());

    final ImageStore store;
    final List<String> notes = new CopyOnWriteArrayList<>();
    final StoredImage image;
    private final LazyRun run;
    private final Work work;
    private final VirtualFileSystem vfs = new VirtualFileSystem();
    private final VirtualDentry root;

    private LazyStore(ImageStore store, StoredImage image, Duration patience) throws IOException {
        this.store = store;
        this.image = image;
        work = store.begin();
        work.use(image);
        run = new LazyRun(store, image, work, patience, notes::add);
        PartialLayer layer = run.open(parts(store, image));
        root = vfs.newMountNamespace(layer.fileSystem()).root();
    }

    static ImageStore at(Path directory) throws IOException {
        return ImageStore.open(directory, new ErofsLayer());
    }

    static StoredImage pull(ImageStore store, String name, boolean lazy, List<String> notes) throws IOException {
        Reference reference = Reference.parse(name);
        Intake.Layers layers = lazy ? new LazyPull(reference, QUICK, notes::add) : new CompletingPull(store);
        try (Registry registry = Registry.forPull(reference, QUICK, new DockerCredentials(Path.of("/nonexistent")))) {
            return new Intake(store, Platform.host(), ImageProgress.SILENT, layers).take(registry.source(), reference);
        }
    }

    static Path parts(ImageStore store, StoredImage image) {
        return java.util.Objects.requireNonNull(
                store.parts(image.manifest().layers().getFirst()));
    }

    static LazyStore open(ImageStore store, StoredImage image, Duration patience) throws IOException {
        return new LazyStore(store, image, patience);
    }

    /** Begins to fetch in the background. */
    void begin() {
        run.begin();
    }

    byte[] read(String path, long offset, int length) throws ErrnoException {
        byte[] name = path.getBytes(StandardCharsets.UTF_8);
        PathOperation operation = new PathOperation();
        operation.root(root).start(root);
        FileDescription file = vfs.open(Credentials.root(), operation.path(name, name.length), OpenOptions.READ);
        try {
            byte[] bytes = new byte[length];
            long count = file.read(Credentials.root(), MemorySegment.ofArray(bytes), 0, length, offset);
            return Arrays.copyOf(bytes, (int) count);
        } finally {
            file.release();
        }
    }

    @Override
    public void close() throws IOException {
        run.close();
        work.close();
    }
}
