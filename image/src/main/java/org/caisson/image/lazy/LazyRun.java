package org.caisson.image.lazy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.caisson.image.oci.Descriptor;
import org.caisson.image.oci.Digest;
import org.caisson.image.oci.ImageException;
import org.caisson.image.oci.ImageFormatException;
import org.caisson.image.oci.Reference;
import org.caisson.image.registry.DockerCredentials;
import org.caisson.image.registry.Registry;
import org.caisson.image.source.RangeSource;
import org.caisson.image.store.ImageProgress;
import org.caisson.image.store.ImageStore;
import org.caisson.image.store.StoredImage;
import org.caisson.image.store.Work;

/**
 * A running image some of whose layers have not come: opens them, and fetches in the background, after what readers wait for, first what the
 * last run read and then all the rest.
 */
public final class LazyRun implements AutoCloseable {
    /** How long a reader waits at most, unless somebody says otherwise. */
    public static final int PATIENCE_SECONDS = 30;

    private static final int FETCHERS = 8;
    private static final int PREFETCHERS = 2;
    private static final Duration FLUSH = Duration.ofSeconds(1);

    /** Between two attempts to fetch what nobody waits for. */
    private static final Duration PAUSE = Duration.ofSeconds(10);

    private final ImageStore store;
    private final StoredImage image;
    private final Work work;
    private final Duration patience;
    private final Consumer<String> warnings;
    private final Priority priority = new Priority();
    private final Budget budget = new Budget();
    private final ExecutorService fetchers = Executors.newFixedThreadPool(
            FETCHERS, Thread.ofPlatform().name("fetch-", 0).daemon().factory());
    private final ExecutorService background = Executors.newFixedThreadPool(
            PREFETCHERS + 1, Thread.ofPlatform().name("prefetch-", 0).daemon().factory());

    // Guarded by this object's monitor.
    private final Map<Path, PartialLayer> open = new HashMap<>();
    private final Map<Reference, Registry> registries = new HashMap<>();
    private boolean begun;
    private boolean looks;

    /**
     * A run of an image.
     *
     * @param work has the image's parts stay in the store
     * @param patience how long a reader waits for data at most; then it gets EIO
     * @param warnings is told what goes wrong, in a sentence each
     */
    public LazyRun(ImageStore store, StoredImage image, Work work, Duration patience, Consumer<String> warnings) {
        this.store = store;
        this.image = image;
        this.work = work;
        this.patience = patience;
        this.warnings = warnings;
    }

    /** Opens a layer by the directory of its parts. It stays this object's. */
    public synchronized PartialLayer open(Path directory) throws IOException {
        PartialLayer known = open.get(directory);
        if (known == null) {
            PartsRecord about = PartsRecord.read(directory);
            PartialLayer.Means means = new PartialLayer.Means(source(about), patience, fetchers, priority, budget);
            known = PartialLayer.open(directory, about, means, new PartsLog(directory, warnings));
            open.put(directory, known);
        }
        return known;
    }

    private RangeSource source(PartsRecord about) throws IOException {
        Registry registry = registries.get(about.from());
        if (registry == null) {
            registry =
                    Registry.forPull(about.from(), about.options().withPatience(patience), DockerCredentials.ofUser());
            registries.put(about.from(), registry);
        }
        return ranges(registry);
    }

    private static RangeSource ranges(Registry registry) throws ImageException {
        if (registry.source() instanceof RangeSource ranges) {
            return ranges;
        }
        throw new ImageException("parts of layers come from registries alone");
    }

    /** Nothing runs, somebody only looks at files: what is read first is not what the next run will read. */
    public synchronized void onlyLooks() {
        looks = true;
    }

    /** Begins to fetch in the background. A second call does nothing. */
    public synchronized void begin() {
        if (begun || open.isEmpty()) {
            return;
        }
        begun = true;
        List<PartialLayer> layers = List.copyOf(open.values());
        background.execute(() -> flushNowAndThen(layers));
        List<Runnable> first = prefetches(layers);
        java.util.concurrent.atomic.AtomicInteger next = new java.util.concurrent.atomic.AtomicInteger();
        java.util.concurrent.atomic.AtomicInteger left = new java.util.concurrent.atomic.AtomicInteger(PREFETCHERS);
        for (int i = 0; i < PREFETCHERS; i++) {
            background.execute(() -> {
                for (int at = next.getAndIncrement(); at < first.size() && !isClosed(); at = next.getAndIncrement()) {
                    first.get(at).run();
                }
                if (left.decrementAndGet() == 0) {
                    complete();
                }
            });
        }
    }

    private boolean isClosed() {
        return background.isShutdown();
    }

    /** What the last run read, of all layers in turns. */
    private List<Runnable> prefetches(List<PartialLayer> layers) {
        List<Runnable> tasks = new ArrayList<>();
        List<int[]> orders = new ArrayList<>();
        int longest = 0;
        for (PartialLayer layer : layers) {
            int[] order = order(layer);
            orders.add(order);
            longest = Math.max(longest, order.length);
        }
        for (int i = 0; i < longest; i++) {
            for (int j = 0; j < layers.size(); j++) {
                if (i < orders.get(j).length) {
                    PartialLayer layer = layers.get(j);
                    int chunk = orders.get(j)[i];
                    tasks.add(() -> prefetch(layer, chunk));
                }
            }
        }
        return tasks;
    }

    private int[] order(PartialLayer layer) {
        try {
            return FirstReads.read(list(layer), layer.count());
        } catch (IOException e) {
            return new int[0];
        }
    }

    private Path list(PartialLayer layer) {
        return store.prefetch(new Digest(
                Digest.Algorithm.SHA256, String.valueOf(layer.directory().getFileName())));
    }

    private void prefetch(PartialLayer layer, int chunk) {
        try {
            priority.awaitQuiet();
            layer.prefetch(chunk);
        } catch (IOException e) {
            // Whoever reads it is told.
        }
    }

    private void flushNowAndThen(List<PartialLayer> layers) {
        try {
            while (true) {
                Thread.sleep(FLUSH);
                for (PartialLayer layer : layers) {
                    layer.flush();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // What is not noted is fetched again.
        }
    }

    private void complete() {
        for (int i = 0; i < image.manifest().layers().size(); i++) {
            Descriptor blob = image.manifest().layers().get(i);
            Digest diffId = image.config().diffIds().get(i);
            Path parts = store.has(diffId) ? null : store.parts(blob);
            if (parts != null) {
                complete(parts, blob, diffId);
            }
        }
    }

    /** Tries until it is done, unless what comes is something else. */
    private void complete(Path parts, Descriptor blob, Digest diffId) {
        PartsLog log = new PartsLog(parts, warnings);
        try {
            while (!isClosed()) {
                try (Registry registry = registry(PartsRecord.read(parts))) {
                    new Completion(parts, ranges(registry), priority, ImageProgress.SILENT).run(work, blob, diffId);
                    return;
                } catch (ImageFormatException e) {
                    log.add("layer " + blob.digest().brief() + " cannot be completed: " + e.getMessage());
                    return;
                } catch (IOException e) {
                    if (!isClosed()) {
                        log.add("layer " + blob.digest().brief() + " is not completed yet: " + e.getMessage());
                    }
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Registry registry(PartsRecord about) throws IOException {
        return Registry.forPull(about.from(), about.options(), DockerCredentials.ofUser());
    }

    /** Breaks off what goes on, and notes what was read first. Nobody may read any more. */
    @Override
    public void close() {
        background.shutdownNow();
        fetchers.shutdownNow();
        synchronized (this) {
            registries.values().forEach(Registry::close);
            background.close();
            fetchers.close();
            for (PartialLayer layer : open.values()) {
                try (layer) {
                    if (!looks) {
                        layer.firstReads().write(list(layer), layer.directory());
                    }
                } catch (IOException e) {
                    warnings.accept(
                            "what was read of " + image.name().familiar() + " cannot be noted: " + e.getMessage());
                }
            }
            open.clear();
        }
    }
}
